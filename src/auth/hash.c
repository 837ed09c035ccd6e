#include "auth/hash.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>

#define OLD_OCTETS 13 /* of a hash of DES */

/* What crypt(3) works in: 32 KiB in which passwords have been. */
static void wipe(struct crypt_data **d)
{
	if (*d)
		explicit_bzero(*d, sizeof(**d));
	free(*d);
	*d = NULL;
}

/* The hash, in d, by the method and salt of setting; NULL: it will not be. */
static const char *hash(struct crypt_data *d, struct str password, const char *setting)
{
	char word[AUTH_HASH_PASSWORD_MAX + 1];

	if (!str_copy(word, sizeof(word), password)) {
		explicit_bzero(word, sizeof(word));
		return NULL;
	}
	const char *made = crypt_rn(word, setting, d, sizeof(*d));
	explicit_bzero(word, sizeof(word));
	return made;
}

enum err auth_hash_make(struct buf *out, struct str password)
{
	CLEANUP(wipe) struct crypt_data *d = calloc(1, sizeof(*d));
	char salt[CRYPT_GENSALT_OUTPUT_SIZE];

	if (password.n > AUTH_HASH_PASSWORD_MAX)
		return ERR_LIMIT;
	if (str_has(password, '\0'))
		return ERR_SYNTAX;
	if (!d)
		return ERR_NOMEM;
	if (!crypt_gensalt_rn(NULL, 0, NULL, 0, salt, sizeof(salt)))
		return ERR_IO;
	const char *made = hash(d, password, salt);
	if (!made)
		return ERR_IO;
	buf_add(out, str_of(made));
	return buf_err(out);
}

bool auth_hash_known(struct str h)
{
	char setting[CRYPT_OUTPUT_SIZE];

	if (str_has(h, '\0') || !str_copy(setting, sizeof(setting), h))
		return false;
	/* crypt(3) of old takes any two letters for a salt: a password, say. */
	if (!str_starts(h, STR("$")) && h.n != OLD_OCTETS)
		return false;
	switch (crypt_checksalt(setting)) {
	case CRYPT_SALT_OK:
	case CRYPT_SALT_METHOD_LEGACY:
	case CRYPT_SALT_TOO_CHEAP:
		return true;
	default: /* of libcrypt's, not ours */
		return false;
	}
}

/* In a time that does not tell where they differ. */
static bool same(struct str a, struct str b)
{
	unsigned char differ = a.n != b.n;

	for (size_t i = 0; i < a.n && i < b.n; i++)
		differ |= (unsigned char)(a.p[i] ^ b.p[i]);
	return differ == 0;
}

/* Of a crypt(3) without memory errno says what it says of a hash that is none, so known() tells. */
enum auth_verdict auth_hash_judge(struct str h, struct str password)
{
	CLEANUP(wipe) struct crypt_data *d = NULL;
	char setting[CRYPT_OUTPUT_SIZE];

	if (password.n > AUTH_HASH_PASSWORD_MAX || str_has(password, '\0') || !auth_hash_known(h) ||
	    !str_copy(setting, sizeof(setting), h))
		return AUTH_WRONG;
	d = calloc(1, sizeof(*d));
	const char *made = d ? hash(d, password, setting) : NULL;
	if (!made || made[0] == '*')
		return AUTH_UNJUDGED;
	return same(str_of(made), h) ? AUTH_RIGHT : AUTH_WRONG;
}
