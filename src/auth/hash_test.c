#include "auth/hash.h"

#include "base/test.h"

/* As other tools make them of "right": openssl passwd -6, -1, and crypt(3) of old. */
static const struct {
	const char *label;
	struct str hash;
	bool known; /* and fits */
} hashes[] = {
	{ "SHA-512",
	  STR_INIT("$6$salt$vBy9sDCxqmqmfqBK5nmzr1kUIMkq7zYdlIyWD/"
		   "n41gv0wdATFYfB4I23B0JdtdxxxIQE3SB7pygxUpkBZeF7a/"),
	  true },
	{ "MD5", STR_INIT("$1$salt$I7mUw4uf7gbe.mLJ1fX2S."), true },
	{ "nothing", STR_INIT(""), false },
	{ "locked", STR_INIT("!"), false },
	{ "no password", STR_INIT("*"), false },
	{ "clear text", STR_INIT("right"), false },
	{ "a NUL", STR_INIT("$1$salt$\0"), false },
};

static void check_made(struct str password)
{
	CLEANUP(buf_free) struct buf one = BUF_MAX(1000), two = BUF_MAX(1000);

	CHECK_INT("made", auth_hash_make(&one, password), ERR_OK);
	CHECK_INT("made again", auth_hash_make(&two, password), ERR_OK);
	CHECK_INT("a salt of its own", str_eq(buf_str(&one), buf_str(&two)), false);
	CHECK_INT("yescrypt", str_starts(buf_str(&one), STR("$y$")), true);
	CHECK_INT("known", auth_hash_known(buf_str(&one)), true);
	CHECK_INT("fits", auth_hash_judge(buf_str(&one), password), true);
	CHECK_INT("another", auth_hash_judge(buf_str(&one), STR("wrong")), false);
	CHECK_INT("a part of the hash",
		  auth_hash_judge(str_head(buf_str(&one), one.n - 1), password), false);
}

static void check_lengths(void)
{
	CLEANUP(buf_free) struct buf password = BUF_MAX(1000), hash = BUF_MAX(1000);

	while (password.n < AUTH_HASH_PASSWORD_MAX)
		buf_addc(&password, 'x');
	check_made(buf_str(&password));
	CHECK_INT("longest", auth_hash_make(&hash, buf_str(&password)), ERR_OK);
	buf_addc(&password, 'x');
	CHECK_INT("too long never fits", auth_hash_judge(buf_str(&hash), buf_str(&password)),
		  false);
	buf_clear(&hash);
	CHECK_INT("too long", auth_hash_make(&hash, buf_str(&password)), ERR_LIMIT);
	CHECK_INT("a NUL", auth_hash_make(&hash, STR("a\0b")), ERR_SYNTAX);
	CHECK_INT("nothing was written", (long long)hash.n, 0);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(hashes); i++) {
		CHECK_INT(hashes[i].label, auth_hash_known(hashes[i].hash), hashes[i].known);
		CHECK_INT(hashes[i].label, auth_hash_judge(hashes[i].hash, STR("right")),
			  hashes[i].known);
	}
	check_made(STR("right"));
	check_made(STR("\xc3\xb6 with a space"));
	check_lengths();
	return TEST_EXIT();
}
