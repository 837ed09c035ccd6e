#include "base/jsonw.h"

#include "base/test.h"

int main(void)
{
	CLEANUP(buf_free) struct buf b = BUF_MAX(1000);
	struct jsonw j = jsonw_to(&b);

	jsonw_object(&j, NULL);
	jsonw_str(&j, "a", STR("x\"\\\n\x01\x7f"));
	jsonw_int(&j, "min", INT64_MIN);
	jsonw_array(&j, "list");
	jsonw_int(&j, NULL, 0);
	jsonw_object(&j, NULL);
	jsonw_object_end(&j);
	jsonw_bool(&j, NULL, true);
	jsonw_array_end(&j);
	jsonw_array(&j, "none");
	jsonw_array_end(&j);
	jsonw_null(&j, "nil");
	jsonw_str(&j, "bad", STR("\xc3\xa9\xff!"));
	jsonw_str(&j, "nul", STR("a\0b"));
	jsonw_str(&j, "hidden", STR("\xe2\x80\xa9\xf3\xa0\x81\x81\xf0\x9f\x93\xae"));
	jsonw_base64(&j, "octets", STR("foobar"));
	jsonw_raw(&j, "raw", STR("[1]"));
	jsonw_text(&j, "text");
	buf_add(&b, STR("in "));
	buf_add(&b, STR("pieces"));
	jsonw_text_end(&j);
	jsonw_object_end(&j);
	CHECK_STR("all kinds", buf_str(&b),
		  STR("{\"a\":\"x\\\"\\\\\\n\\u0001\\u007f\",\"min\":-9223372036854775808,"
		      "\"list\":[0,{},true],\"none\":[],\"nil\":null,"
		      "\"bad\":\"\xc3\xa9\xef\xbf\xbd!\",\"nul\":\"a\xef\xbf\xbd\x62\","
		      "\"hidden\":\"\\u2029\\udb40\\udc41\xf0\x9f\x93\xae\","
		      "\"octets\":\"Zm9vYmFy\",\"raw\":[1],"
		      "\"text\":\"in pieces\"}"));
	buf_clear(&b);
	jsonw_str(&j, NULL, STR(""));
	CHECK_STR("a value after a value", buf_str(&b), STR("\"\""));
	return TEST_EXIT();
}
