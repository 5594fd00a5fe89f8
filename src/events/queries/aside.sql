/*---
title: What of the logs could not be read, and why
---*/
SELECT store_id, source, from_byte, to_byte, problem, content
FROM aside
ORDER BY store_id, source, from_byte, problem, content
