// SPDX-License-Identifier: GPL-2.0
#include "json.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "text.h"

struct json_object *lt_json_string(const char *text)
{
	size_t size = 3 * strlen(text) + 1;
	struct json_object *string;
	char *utf8 = malloc(size);

	if (!utf8)
		return NULL;
	string = json_object_new_string_len(utf8, lt_text_to_utf8(text, utf8, size));
	free(utf8);
	return string;
}

bool lt_json_add(struct json_object *object, const char *name, struct json_object *value)
{
	if (object && value && !json_object_object_add(object, name, value))
		return true;
	json_object_put(value);
	return false;
}

bool lt_json_add_u64(struct json_object *object, const char *name, uint64_t value)
{
	return lt_json_add(object, name, json_object_new_uint64(value));
}

bool lt_json_add_string(struct json_object *object, const char *name, const char *text)
{
	return lt_json_add(object, name, lt_json_string(text));
}

bool lt_json_get_u64(struct json_object *object, const char *name, uint64_t *value)
{
	struct json_object *member;

	if (!json_object_object_get_ex(object, name, &member) ||
	    !json_object_is_type(member, json_type_int))
		return false;
	if (json_object_get_int64(member) < 0)
		return false;
	*value = json_object_get_uint64(member);
	return true;
}

const char *lt_json_get_string(struct json_object *object, const char *name)
{
	struct json_object *member;

	if (!json_object_object_get_ex(object, name, &member) ||
	    !json_object_is_type(member, json_type_string))
		return NULL;
	return json_object_get_string(member);
}

bool lt_json_get_bool(struct json_object *object, const char *name)
{
	struct json_object *member;

	return json_object_object_get_ex(object, name, &member) &&
	       json_object_is_type(member, json_type_boolean) && json_object_get_boolean(member);
}
