#include "record.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

static struct setting *find(const struct record *record, const char *name)
{
    for (size_t index = 0; index < record->count; index += 1)
        if (strcmp(record->items[index].name, name) == 0) return &record->items[index];
    return NULL;
}

void record_set(struct record *record, const char *name, struct text value)
{
    struct setting *setting = find(record, name);
    if (setting == NULL) {
        if (record->count == record->capacity) {
            record->capacity = record->capacity == 0 ? 16 : record->capacity * 2;
            record->items = must_resize(record->items, record->capacity * sizeof *record->items);
        }
        setting = &record->items[record->count];
        record->count += 1;
        *setting = (struct setting){ .name = must_copy(name) };
    }
    free((char *)setting->value.data);
    setting->value = (struct text){ text_copy(value), value.length };
}

const struct text *record_find(const struct record *record, const char *name)
{
    const struct setting *setting = find(record, name);
    return setting == NULL ? NULL : &setting->value;
}

static void setting_free(struct setting *setting)
{
    free(setting->name);
    free((char *)setting->value.data);
}

void record_remove(struct record *record, const char *name)
{
    struct setting *setting = find(record, name);
    if (setting == NULL) return;
    setting_free(setting);
    record->count -= 1;
    *setting = record->items[record->count];
}

void record_free(struct record *record)
{
    for (size_t index = 0; index < record->count; index += 1) setting_free(&record->items[index]);
    free(record->items);
    *record = (struct record){ 0 };
}
