#include "base/json.h"

#include "base/test.h"

int main(void)
{
	CLEANUP(buf_free) struct buf b = BUF_MAX(1000);
	struct json j = json_to(&b);

	json_object(&j, NULL);
	json_str(&j, "a", STR("x\"\\\n\x01\x7f"));
	json_int(&j, "min", INT64_MIN);
	json_array(&j, "list");
	json_int(&j, NULL, 0);
	json_object(&j, NULL);
	json_object_end(&j);
	json_bool(&j, NULL, true);
	json_array_end(&j);
	json_array(&j, "none");
	json_array_end(&j);
	json_null(&j, "nil");
	json_str(&j, "bad", STR("\xc3\xa9\xff!"));
	json_object_end(&j);
	CHECK_STR("all kinds", buf_str(&b),
		  STR("{\"a\":\"x\\\"\\\\\\n\\u0001\\u007f\",\"min\":-9223372036854775808,"
		      "\"list\":[0,{},true],\"none\":[],\"nil\":null,"
		      "\"bad\":\"\xc3\xa9\xef\xbf\xbd!\"}"));
	buf_clear(&b);
	json_str(&j, NULL, STR(""));
	CHECK_STR("a value after a value", buf_str(&b), STR("\"\""));
	return TEST_EXIT();
}
