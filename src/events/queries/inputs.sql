/*---
title: Which files were read, and what was in them
---*/
SELECT store_id, source, format, records, events, aside, first_at, last_at, digest
FROM inputs
ORDER BY store_id, source, from_byte
