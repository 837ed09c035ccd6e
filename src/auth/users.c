/*
 * Sorted by name, and sought by halves: a file is read seldom and asked often.
 *
 * Which hash stands in for that of a name that is not there goes by the name alone, so that
 * asking twice tells no more than asking once; and where the file has hashes of more than one
 * kind, names that are not there have all of them, too.
 */
#include "auth/users.h"

#include "auth/hash.h"
#include "base/hash.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

struct user {
	struct str name, role, hash; /* in .text */
	unsigned line;
};

struct auth_users {
	char *text;
	struct user *user;
	size_t n;
};

bool auth_users_name_ok(struct str name)
{
	if (name.n == 0 || name.n > AUTH_USERS_NAME_MAX || !text_is_utf8(name) ||
	    name.p[0] == '#' || name.p[0] == ' ' || name.p[name.n - 1] == ' ')
		return false;
	for (size_t i = 0; i < name.n; i++)
		if ((unsigned char)name.p[i] < ' ' || name.p[i] == 0x7f || name.p[i] == ':')
			return false;
	return true;
}

static int by_name(const void *a, const void *b)
{
	const struct user *x = a, *y = b;

	return str_cmp(x->name, y->name);
}

/* Where a complaint stands. */
struct place {
	const char *file;
	unsigned line;
	struct buf *why;
	bool roles; /* the file has them */
};

static enum err refuse(const struct place *at, const char *words)
{
	text_escape(at->why, str_of(at->file));
	buf_addf(at->why, ":%u: %s", at->line, words);
	return ERR_SYNTAX;
}

/* "role:hash", of which *hash is left. */
static enum err read_role(const struct place *at, struct str *hash, struct str *role)
{
	if (str_cut(hash, ':', role) && (str_eq(*role, STR("view")) || str_eq(*role, STR("admin"))))
		return ERR_OK;
	return refuse(at, "no role after the name: write NAME:view:HASH or NAME:admin:HASH, as "
			  "\"signpost passwd --role view NAME\" does");
}

static enum err read_line(struct str line, const struct place *at, struct user *out)
{
	struct user u = { .hash = line, .line = at->line };

	if (!str_cut(&u.hash, ':', &u.name))
		return refuse(at, "no colon in the line: write NAME:HASH, as \"signpost passwd "
				  "NAME\" does");
	if (!auth_users_name_ok(u.name))
		return refuse(at,
			      "the name before the colon is none: write NAME:HASH, NAME in UTF-8 "
			      "without control characters");
	enum err e = at->roles ? read_role(at, &u.hash, &u.role) : ERR_OK;
	if (e != ERR_OK)
		return e;
	if (!auth_hash_known(u.hash))
		return refuse(at,
			      "what follows the name is no hash of crypt(3): make the line with "
			      "\"signpost passwd NAME\"");
	*out = u;
	return ERR_OK;
}

static enum err add(struct auth_users *u, const struct user *one)
{
	if ((u->n & (u->n - 1)) == 0) {
		struct user *more = reallocarray(u->user, u->n ? 2 * u->n : 1, sizeof(*more));
		if (!more)
			return ERR_NOMEM;
		u->user = more;
	}
	u->user[u->n++] = *one;
	return ERR_OK;
}

/* Of a name that is there twice only one password would count, and nobody knew which. */
static enum err sort(struct auth_users *u, struct place *at)
{
	if (u->n > 0)
		qsort(u->user, u->n, sizeof(*u->user), by_name);
	for (size_t i = 1; i < u->n; i++) {
		const struct user *a = &u->user[i - 1], *b = &u->user[i];
		if (!str_eq(a->name, b->name))
			continue;
		at->line = a->line > b->line ? a->line : b->line;
		return refuse(at,
			      "the user is there already on a line above: remove one of the two");
	}
	return ERR_OK;
}

static enum err read_all(struct auth_users *u, struct str text, struct place *at)
{
	struct str line;
	enum err e = ERR_OK;

	while (e == ERR_OK && str_line(&text, &line)) {
		struct user one;
		at->line++;
		if (str_trim(line).n == 0 || line.p[0] == '#')
			continue;
		e = read_line(line, at, &one);
		if (e == ERR_OK)
			e = add(u, &one);
	}
	return e == ERR_OK ? sort(u, at) : e;
}

static enum err read_file(struct str text, struct place at, struct auth_users **out)
{
	CLEANUP(auth_users_free) struct auth_users *u = calloc(1, sizeof(*u));

	if (!u || !(u->text = malloc(text.n + 1)))
		return ERR_NOMEM;
	if (text.n)
		memcpy(u->text, text.p, text.n);
	enum err e = read_all(u, (struct str){ u->text, text.n }, &at);
	if (e != ERR_OK)
		return e;
	*out = u;
	u = NULL;
	return ERR_OK;
}

enum err auth_users_read(struct str text, const char *file, struct auth_users **out,
			 struct buf *why)
{
	return read_file(text, (struct place){ .file = file, .why = why }, out);
}

enum err auth_users_read_roles(struct str text, const char *file, struct auth_users **out,
			       struct buf *why)
{
	return read_file(text, (struct place){ .file = file, .why = why, .roles = true }, out);
}

void auth_users_free(struct auth_users **u)
{
	if (*u) {
		free((*u)->text);
		free((*u)->user);
	}
	free(*u);
	*u = NULL;
}

size_t auth_users_count(const struct auth_users *u)
{
	return u->n;
}

/* The hash of somebody else for a name that is not there. */
static struct str stand_in(const struct auth_users *u, struct str name)
{
	static const uint64_t seed[2] = { 0 };

	return u->user[hash_octets(seed, name) % u->n].hash;
}

static const struct user *find(const struct auth_users *u, struct str name)
{
	const struct user wanted = { .name = name };

	return u->n ? bsearch(&wanted, u->user, u->n, sizeof(*u->user), by_name) : NULL;
}

struct str auth_users_role(const struct auth_users *u, struct str name)
{
	const struct user *found = find(u, name);

	return found ? found->role : STR_NONE;
}

bool auth_users_same(const struct auth_users *a, const struct auth_users *b, struct str name)
{
	const struct user *x = find(a, name), *y = find(b, name);

	return x && y && str_eq(x->role, y->role) && str_eq(x->hash, y->hash);
}

enum auth_verdict auth_users_judge(const struct auth_users *u, struct str name, struct str password)
{
	const struct user *found = find(u, name);

	if (u->n == 0) /* then no name is there, and every one costs nothing */
		return AUTH_WRONG;
	enum auth_verdict v = auth_hash_judge(found ? found->hash : stand_in(u, name), password);
	return v == AUTH_RIGHT && !found ? AUTH_WRONG : v;
}
