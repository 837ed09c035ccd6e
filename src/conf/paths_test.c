#include "conf/paths.h"

#include "base/test.h"

static const struct {
	const char *text, *state, *log, *socket;
} rows[] = {
	{ "", "", "", "" },
	{ "state-directory = \"/s\"\nlog-directory=/l\n", "/s", "/l", "" },
	{ "state-directory = '/s s' log-directory = \"/l\"", "/s s", "/l", "" },
	{ "# state-directory = \"/s\"\n// log-directory = \"/l\"\n", "", "", "" },
	{ "state-directory \"/s\"\nlog-directory = \"/l\"", "", "/l", "" },
	{ "control { socket = \"c\" }", "", "", "c" },
	{ "control\n{\n mode = \"0660\"\n socket = c # so\n}", "", "", "" },
	{ "control {\n mode = \"0660\"\n socket = c # so\n}", "", "", "c" },
	{ "socket = \"c\"", "", "", "" },
	{ "listen \"a\" { socket = \"c\" }", "", "", "" },
	{ "listen \"a\" {\n relay-from = {\"b\"\ncontrol { socket = \"c\" }", "", "", "c" },
	{ "hostname = \"open\nstate-directory = \"/s\"", "/s", "", "" },
	{ "}}} = = { \"\nlog-directory = \"/l", "", "/l", "" },
	{ "state-directory =", "", "", "" },
	{ "state-directory = {\"/s\"}", "", "", "" },
	{ "state-directory = \"/a\"\nstate-directory = \"/b\"", "/b", "", "" },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct conf_paths p = conf_paths_find(str_of(rows[i].text));
		CHECK_STR(rows[i].text, p.state_directory, str_of(rows[i].state));
		CHECK_STR(rows[i].text, p.log_directory, str_of(rows[i].log));
		CHECK_STR(rows[i].text, p.socket, str_of(rows[i].socket));
	}
	return TEST_EXIT();
}
