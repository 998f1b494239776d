#include "json.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 16

struct reader {
    const char *start;
    const char *at;
    const char *problem;
};

static struct json *value(struct reader *r, int depth);

static void *fail(struct reader *r, const char *problem) {
    if (!r->problem) {
        r->problem = problem;
    }
    return NULL;
}

static void blanks(struct reader *r) {
    while (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r') {
        r->at++;
    }
}

static char *string(struct reader *r) {
    r->at++;
    char *out = malloc(strlen(r->at) + 1);
    size_t n = 0;
    while (*r->at && *r->at != '"' && (unsigned char)*r->at >= ' ') {
        if (*r->at == '\\') {
            r->at++;
            if (!strchr("\"\\/", *r->at) || !*r->at) {
                break;
            }
        }
        out[n++] = *r->at++;
    }
    if (*r->at != '"') {
        free(out);
        return fail(r, "a string does not end, or has an escape that is not read here");
    }
    r->at++;
    out[n] = 0;
    return out;
}

static char *number(struct reader *r) {
    const char *from = r->at;
    if (*r->at == '-') {
        r->at++;
    }
    if (!isdigit((unsigned char)*r->at)) {
        return fail(r, "a value was expected");
    }
    while (isdigit((unsigned char)*r->at) || *r->at == '.') {
        r->at++;
    }
    return strndup(from, (size_t)(r->at - from));
}

static int word(struct reader *r, const char *w) {
    size_t n = strlen(w);
    if (strncmp(r->at, w, n) != 0) {
        return 0;
    }
    r->at += n;
    return 1;
}

/* The members of an object or the items of an array, up to and with the closing character. */
static int members(struct reader *r, struct json *parent, int depth) {
    char close = parent->type == JSON_OBJECT ? '}' : ']';
    struct json **tail = &parent->child;
    r->at++;
    blanks(r);
    if (*r->at == close) {
        r->at++;
        return 1;
    }
    for (;;) {
        char *key = NULL;
        blanks(r);
        if (parent->type == JSON_OBJECT) {
            if (*r->at != '"' || !(key = string(r))) {
                fail(r, "a key in double quotes was expected");
                return 0;
            }
            blanks(r);
            if (*r->at != ':') {
                free(key);
                fail(r, "':' was expected");
                return 0;
            }
            r->at++;
        }
        struct json *item = value(r, depth + 1);
        if (!item) {
            free(key);
            return 0;
        }
        item->key = key;
        *tail = item;
        tail = &item->next;
        blanks(r);
        if (*r->at == close) {
            r->at++;
            return 1;
        }
        if (*r->at != ',') {
            fail(r, "',' or a closing bracket was expected");
            return 0;
        }
        r->at++;
    }
}

static struct json *value(struct reader *r, int depth) {
    if (depth > MAX_DEPTH) {
        return fail(r, "nested too deep");
    }
    blanks(r);
    struct json *v = calloc(1, sizeof *v);
    int ok = 1;
    if (*r->at == '{' || *r->at == '[') {
        v->type = *r->at == '{' ? JSON_OBJECT : JSON_ARRAY;
        ok = members(r, v, depth);
    } else if (*r->at == '"') {
        v->type = JSON_STRING;
        ok = (v->text = string(r)) != NULL;
    } else if (word(r, "true")) {
        v->type = JSON_TRUE;
    } else if (word(r, "false")) {
        v->type = JSON_FALSE;
    } else if (word(r, "null")) {
        v->type = JSON_NULL;
    } else {
        v->type = JSON_NUMBER;
        ok = (v->text = number(r)) != NULL;
    }
    if (!ok) {
        json_free(v);
        return NULL;
    }
    return v;
}

struct json *json_parse(const char *text, char *error, size_t size) {
    struct reader r = {.start = text, .at = text};
    struct json *v = value(&r, 0);
    blanks(&r);
    if (v && *r.at) {
        json_free(v);
        v = fail(&r, "something follows the closing bracket");
    }
    if (!v) {
        int line = 1;
        for (const char *p = r.start; p < r.at; p++) {
            line += *p == '\n';
        }
        snprintf(error, size, "line %d: %s", line, r.problem);
    }
    return v;
}

void json_free(struct json *v) {
    while (v) {
        struct json *next = v->next;
        json_free(v->child);
        free(v->key);
        free(v->text);
        free(v);
        v = next;
    }
}
