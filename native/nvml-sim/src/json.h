/* A strict reader for the scenario file: objects, arrays, strings, numbers, true, false, null; no escapes beyond \" \\ \/. */
#ifndef SIM_JSON_H
#define SIM_JSON_H

#include <stddef.h>

enum json_type { JSON_OBJECT, JSON_ARRAY, JSON_STRING, JSON_NUMBER, JSON_TRUE, JSON_FALSE, JSON_NULL };

struct json {
    enum json_type type;
    char *key;  /* inside an object, else NULL */
    char *text; /* of a string or, as written, of a number */
    struct json *child;
    struct json *next;
};

/* NULL and one line in `error` when `text` is not one JSON value. Free the result with json_free. */
struct json *json_parse(const char *text, char *error, size_t size);
void json_free(struct json *value);

#endif
