/* JSON as a tree, for the vectors: strings may hold U+0000, so that they have a length. */
#ifndef TESA_TREE_H
#define TESA_TREE_H

#include "buffer.h"

enum tree_kind { TREE_NULL, TREE_BOOLEAN, TREE_NUMBER, TREE_STRING, TREE_ARRAY, TREE_OBJECT };

struct tree {
    enum tree_kind kind;
    bool truth;
    double number;
    /* Of a string; ends with a zero that is not counted. */
    struct buffer text;
    struct buffer key;
    struct tree *first;
    struct tree *last;
    struct tree *next;
    struct tree *parent;
};

/* NULL for what is no JSON. */
struct tree *tree_parse(struct text text);
struct tree *tree_read(const char *path);
void tree_free(struct tree *tree);

/* NULL if there is none. */
const struct tree *tree_get(const struct tree *tree, const char *key);
/* Of a string; of anything else an empty text. */
struct text tree_text(const struct tree *tree);
bool tree_is_true(const struct tree *tree);
size_t tree_count(const struct tree *tree);
/* Numbers are compared as doubles, and the keys of objects in any order. */
bool tree_equals(const struct tree *one, const struct tree *other);
/* Whether two arrays have the same items, in any order. */
bool tree_same_items(const struct tree *one, const struct tree *other);

#endif
