#include "tree.h"

#include <stdlib.h>

#include <yajl/yajl_parse.h>

#include "environment.h"
#include "memory.h"

struct builder {
    struct tree *root;
    struct tree *open;
    struct buffer key;
};

static struct tree *add(struct builder *builder, enum tree_kind kind)
{
    struct tree *node = must_allocate(sizeof *node);
    node->kind = kind;
    node->parent = builder->open;
    node->key = builder->key;
    builder->key = (struct buffer){ 0 };
    if (builder->open == NULL)
        builder->root = node;
    else if (builder->open->last == NULL)
        builder->open->first = node;
    else
        builder->open->last->next = node;
    if (builder->open != NULL) builder->open->last = node;
    return node;
}

static int on_null(void *context)
{
    return add(context, TREE_NULL) != NULL;
}

static int on_boolean(void *context, int truth)
{
    add(context, TREE_BOOLEAN)->truth = truth != 0;
    return 1;
}

static int on_number(void *context, const char *digits, size_t length)
{
    char *copy = text_copy((struct text){ digits, length });
    add(context, TREE_NUMBER)->number = strtod(copy, NULL);
    free(copy);
    return 1;
}

static int on_string(void *context, const unsigned char *bytes, size_t length)
{
    buffer_append(&add(context, TREE_STRING)->text, bytes, length);
    return 1;
}

static int on_key(void *context, const unsigned char *bytes, size_t length)
{
    struct builder *builder = context;
    buffer_append(&builder->key, bytes, length);
    return 1;
}

static int on_object(void *context)
{
    struct builder *builder = context;
    builder->open = add(builder, TREE_OBJECT);
    return 1;
}

static int on_array(void *context)
{
    struct builder *builder = context;
    builder->open = add(builder, TREE_ARRAY);
    return 1;
}

static int on_close(void *context)
{
    struct builder *builder = context;
    builder->open = builder->open->parent;
    return 1;
}

struct tree *tree_parse(struct text text)
{
    static const yajl_callbacks callbacks = {
        on_null, on_boolean, NULL, NULL, on_number, on_string, on_object, on_key, on_close, on_array, on_close,
    };
    struct builder builder = { 0 };
    yajl_handle parser = yajl_alloc(&callbacks, NULL, &builder);
    bool is_json = yajl_parse(parser, (const unsigned char *)text.data, text.length) == yajl_status_ok &&
        yajl_complete_parse(parser) == yajl_status_ok;
    yajl_free(parser);
    buffer_free(&builder.key);
    if (is_json) return builder.root;
    tree_free(builder.root);
    return NULL;
}

struct tree *tree_read(const char *path)
{
    struct buffer content = { 0 };
    struct tree *tree = read_file(path, &content) ? tree_parse(buffer_text(&content)) : NULL;
    buffer_free(&content);
    return tree;
}

void tree_free(struct tree *tree)
{
    if (tree == NULL) return;
    for (struct tree *child = tree->first; child != NULL;) {
        struct tree *next = child->next;
        tree_free(child);
        child = next;
    }
    buffer_free(&tree->text);
    buffer_free(&tree->key);
    free(tree);
}

const struct tree *tree_get(const struct tree *tree, const char *key)
{
    for (const struct tree *child = tree == NULL ? NULL : tree->first; child != NULL; child = child->next)
        if (text_is(buffer_text(&child->key), key)) return child;
    return NULL;
}

struct text tree_text(const struct tree *tree)
{
    return tree == NULL ? text_of("") : buffer_text(&tree->text);
}

bool tree_is_true(const struct tree *tree)
{
    return tree != NULL && tree->kind == TREE_BOOLEAN && tree->truth;
}

size_t tree_count(const struct tree *tree)
{
    size_t count = 0;
    for (const struct tree *child = tree == NULL ? NULL : tree->first; child != NULL; child = child->next) count += 1;
    return count;
}

static bool equal_children(const struct tree *one, const struct tree *other)
{
    if (tree_count(one) != tree_count(other)) return false;
    const struct tree *beside = other->first;
    for (const struct tree *child = one->first; child != NULL; child = child->next) {
        const struct tree *match = one->kind == TREE_ARRAY ? beside : tree_get(other, buffer_text(&child->key).data);
        if (!tree_equals(child, match)) return false;
        beside = beside->next;
    }
    return true;
}

bool tree_equals(const struct tree *one, const struct tree *other)
{
    if (one == NULL || other == NULL) return one == other;
    if (one->kind != other->kind) return false;
    switch (one->kind) {
    case TREE_BOOLEAN: return one->truth == other->truth;
    case TREE_NUMBER: return one->number == other->number;
    case TREE_STRING: return text_equals(buffer_text(&one->text), buffer_text(&other->text));
    case TREE_NULL: return true;
    default: return equal_children(one, other);
    }
}

bool tree_same_items(const struct tree *one, const struct tree *other)
{
    if (one == NULL || other == NULL || tree_count(one) != tree_count(other)) return false;
    for (const struct tree *item = one->first; item != NULL; item = item->next) {
        size_t here = 0, there = 0;
        for (const struct tree *each = one->first; each != NULL; each = each->next) here += tree_equals(item, each);
        for (const struct tree *each = other->first; each != NULL; each = each->next) there += tree_equals(item, each);
        if (here != there) return false;
    }
    return true;
}
