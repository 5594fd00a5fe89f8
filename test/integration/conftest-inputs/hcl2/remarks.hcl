/* nothing */
# else
