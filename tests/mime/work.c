/*
 * What a conversion may cost: it is compiled so that it calls a function at each branch, and the
 * calls are counted.  Time plays no part.
 *
 * The message is made to be dear: lines that might each be the boundary of any multipart that is
 * open.  With fifty of them open it costs what it costs with one.
 */
#include "base/test.h"
#include "message/sevenbit.h"

void __sanitizer_cov_trace_pc(void);

static unsigned long steps;

void __sanitizer_cov_trace_pc(void)
{
	steps++;
}

#define LINES 10000

static unsigned long steps_of(unsigned depth)
{
	CLEANUP(buf_free) struct buf in = BUF_MAX(1 << 20);
	CLEANUP(buf_free) struct buf out = BUF_MAX(1 << 20);

	for (unsigned i = 0; i < depth; i++)
		buf_addf(&in,
			 "Content-Type: multipart/mixed; boundary=b%02u\r\n\r\n"
			 "--b%02u\r\n",
			 i, i);
	buf_add(&in, STR("\r\n\xe9\r\n"));
	for (unsigned i = 0; i < LINES; i++)
		buf_add(&in, STR("--bxx\r\n"));
	steps = 0;
	CHECK_INT("converted", message_sevenbit_write(&out, buf_str(&in)), MESSAGE_SEVENBIT_DONE);
	return steps;
}

int main(void)
{
	unsigned long one = steps_of(1), fifty = steps_of(MESSAGE_SEVENBIT_DEPTH);

	CHECK_INT("counted", one > LINES, true);
	CHECK_INT("at most a fifth more with fifty open", fifty <= one + one / 5, true);
	return TEST_EXIT();
}
