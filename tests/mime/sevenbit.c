/*
 * Makes messages 7-bit, for parts.py: each comes as its size in a line, then its octets, and
 * goes out likewise, behind what became of it: 0, 1 sealed, 2 broken.
 */
#include "message/sevenbit.h"

#include <stdio.h>
#include <stdlib.h>

#define MESSAGE_MAX (1u << 24)

static int one(size_t n)
{
	CLEANUP(buf_free) struct buf in = BUF_MAX(MESSAGE_MAX);
	CLEANUP(buf_free) struct buf out = BUF_MAX(4 * MESSAGE_MAX);
	char *room = buf_room(&in, n);

	if (!room || fread(room, 1, n, stdin) != n)
		return 1;
	in.n += n;
	enum message_sevenbit result = message_sevenbit_write(&out, buf_str(&in));
	if (buf_err(&out) != ERR_OK)
		return 1;
	(void)printf("%d %zu\n", (int)result, out.n);
	(void)fwrite(out.p ? out.p : "", 1, out.n, stdout);
	return 0;
}

int main(void)
{
	size_t n;

	while (scanf("%zu", &n) == 1 && getchar() == '\n')
		if (one(n) != 0)
			return 1;
	return fflush(stdout) != 0;
}
