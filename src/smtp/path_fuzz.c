/*
 * smtp_path_read() and smtp_path_mailbox() on any octets.  Seeds: src/smtp/corpus/path/.
 *
 * What must hold: an accepted address, put in brackets again, is read as itself;
 * its parts make it up; and nothing in it could end a command line.
 */
#include "smtp/path.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_parts(struct str address)
{
	struct smtp_mailbox m;
	size_t at = 1;

	must(smtp_path_mailbox(address, &m) == ERR_OK);
	if (m.kind == SMTP_DOMAIN_NONE)
		at = 0;
	must(m.local.n + at + m.domain.n == address.n);
	must(str_starts(address, m.local) && str_ends(address, m.domain));
	must(at == 0 || address.p[m.local.n] == '@');
	for (size_t i = 0; i < address.n; i++)
		must((unsigned char)address.p[i] >= ' ' && address.p[i] != 127);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n }, address, again;
	char path[SMTP_PATH_MAX];

	if (smtp_path_read(&in, &address) != ERR_OK || address.n == 0)
		return 0;
	must(in.p + in.n == (const char *)data + n && address.n + 2 <= SMTP_PATH_MAX);
	check_parts(address);

	path[0] = '<';
	memcpy(path + 1, address.p, address.n);
	path[address.n + 1] = '>';
	struct str back = { path, address.n + 2 };
	must(smtp_path_read(&back, &again) == ERR_OK);
	must(str_eq(again, address) && back.n == 0);
	return 0;
}
