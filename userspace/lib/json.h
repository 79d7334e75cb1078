/* SPDX-License-Identifier: GPL-2.0 */
/* Small helpers around json-c. */
#ifndef LT_JSON_H
#define LT_JSON_H

#include <stdbool.h>
#include <stdint.h>

struct json_object;

/**
 * lt_json_string() - a JSON string from any bytes
 * @text: ends in NUL; what is not UTF-8 becomes U+FFFD
 *
 * Return: a new object or NULL when there is no memory.
 */
struct json_object *lt_json_string(const char *text);

/**
 * lt_json_add() - add a member to an object, taking it over
 * @object: may be NULL after an earlier failure
 * @name: copied
 * @value: owned by @object afterwards, released on failure; NULL counts as a failure
 *
 * Return: false when there was no memory.
 */
bool lt_json_add(struct json_object *object, const char *name, struct json_object *value);

/** lt_json_add_u64() - add a number; Return: false when there was no memory. */
bool lt_json_add_u64(struct json_object *object, const char *name, uint64_t value);

/** lt_json_add_string() - add lt_json_string(@text); Return: false when there was no memory. */
bool lt_json_add_string(struct json_object *object, const char *name, const char *text);

/**
 * lt_json_get_u64() - read a number
 * @object: may be NULL
 * @name: member
 * @value: receives the number; untouched when the answer is false
 *
 * Return: whether there is a non-negative integer of that name.
 */
bool lt_json_get_u64(struct json_object *object, const char *name, uint64_t *value);

/**
 * lt_json_get_string() - read a string
 * @object: may be NULL
 * @name: member
 *
 * Return: the text, which lives as long as @object, or NULL when there is no such string.
 */
const char *lt_json_get_string(struct json_object *object, const char *name);

/** lt_json_get_bool() - Return: whether there is a member @name that is true. */
bool lt_json_get_bool(struct json_object *object, const char *name);

#endif /* LT_JSON_H */
