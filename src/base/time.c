/*
 * The civil calendar is computed here, not by libc: gmtime() and its kind bring
 * locale and environment, and a log line needs neither.
 */
#include "base/time.h"

#define DAY_MS INT64_C(86400000)

struct civil {
	int64_t year;
	unsigned month, day; /* from 1 */
	unsigned weekday;    /* 0: Sunday */
	unsigned hour, minute, second, ms;
};

/* Days since 1970 to a date of the proleptic Gregorian calendar, in eras of 400 years. */
static struct civil civil_of(int64_t wall_ms)
{
	int64_t days = wall_ms / DAY_MS, ms = wall_ms % DAY_MS;

	if (ms < 0) {
		ms += DAY_MS;
		days--;
	}
	int64_t z = days + 719468; /* counted from 0000-03-01 */
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	unsigned month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);

	return (struct civil){
		.year = yoe + era * 400 + (month <= 2),
		.month = month,
		.day = (unsigned)(doy - (153 * mp + 2) / 5 + 1),
		.weekday = (unsigned)(((days + 4) % 7 + 7) % 7),
		.hour = (unsigned)(ms / 3600000),
		.minute = (unsigned)(ms / 60000 % 60),
		.second = (unsigned)(ms / 1000 % 60),
		.ms = (unsigned)(ms % 1000),
	};
}

static int64_t days_of(int64_t year, unsigned month, unsigned day)
{
	int64_t y = year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (int64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

/* n digits of v at *p, which moves on. */
static void digits(char **p, int64_t v, unsigned n)
{
	for (unsigned i = n; i-- > 0; v /= 10)
		(*p)[i] = (char)('0' + v % 10);
	*p += n;
}

static void date(char **p, const struct civil *c)
{
	digits(p, c->year, 4);
	*(*p)++ = '-';
	digits(p, c->month, 2);
	*(*p)++ = '-';
	digits(p, c->day, 2);
}

static void clock_text(char **p, const struct civil *c)
{
	digits(p, c->hour, 2);
	*(*p)++ = ':';
	digits(p, c->minute, 2);
	*(*p)++ = ':';
	digits(p, c->second, 2);
}

struct str time_rfc3339(int64_t wall_ms, char text[static TIME_TEXT_MAX])
{
	struct civil c = civil_of(wall_ms);
	char *p = text;

	date(&p, &c);
	*p++ = 'T';
	clock_text(&p, &c);
	*p++ = '.';
	digits(&p, c.ms, 3);
	*p++ = 'Z';
	return (struct str){ text, (size_t)(p - text) };
}

struct str time_rfc3339_next(int64_t wall_ms, int64_t before_ms, char text[static TIME_TEXT_MAX])
{
	char *p = text + sizeof("2026-11-24T03:04:05.") - 1;

	if (before_ms < 0 || wall_ms < 0 || before_ms / 1000 != wall_ms / 1000)
		return time_rfc3339(wall_ms, text);
	digits(&p, wall_ms % 1000, 3);
	return (struct str){ text, (size_t)(p - text) + 1 };
}

struct str time_date(int64_t wall_ms, char text[static TIME_TEXT_MAX])
{
	struct civil c = civil_of(wall_ms);
	char *p = text;

	date(&p, &c);
	return (struct str){ text, (size_t)(p - text) };
}

struct str time_rfc5322(int64_t wall_ms, char text[static TIME_TEXT_MAX])
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct civil c = civil_of(wall_ms);
	struct buf b = { .p = text, .cap = TIME_TEXT_MAX, .max = TIME_TEXT_MAX };

	buf_add(&b, (struct str){ days + 3 * c.weekday, 3 });
	buf_add(&b, STR(", "));
	buf_addu(&b, c.day);
	buf_addc(&b, ' ');
	buf_add(&b, (struct str){ months + 3 * (c.month - 1), 3 });
	buf_addc(&b, ' ');
	char tail[16], *p = tail;
	digits(&p, c.year, 4);
	*p++ = ' ';
	clock_text(&p, &c);
	buf_add(&b, (struct str){ tail, (size_t)(p - tail) });
	buf_add(&b, STR(" +0000"));
	return buf_str(&b);
}

/* Exactly n digits off *s, within [least, most]. */
static bool take_number(struct str *s, size_t n, unsigned least, unsigned most, uint32_t *out)
{
	if (s->n < n || !str_u32(str_head(*s, n), out))
		return false;
	*s = str_skip(*s, n);
	return *out >= least && *out <= most;
}

static bool take_char(struct str *s, const char *any)
{
	if (s->n == 0 || !str_has(str_of(any), s->p[0]))
		return false;
	*s = str_skip(*s, 1);
	return true;
}

static unsigned month_days(uint32_t year, uint32_t month)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

static bool take_date(struct str *s, int64_t *ms)
{
	uint32_t year, month, day;

	if (!take_number(s, 4, 0, 9999, &year) || !take_char(s, "-") ||
	    !take_number(s, 2, 1, 12, &month) || !take_char(s, "-") ||
	    !take_number(s, 2, 1, month_days(year, month), &day))
		return false;
	*ms = days_of(year, month, day) * DAY_MS;
	return true;
}

static bool take_clock(struct str *s, int64_t *ms)
{
	uint32_t hour, minute, second;

	if (!take_number(s, 2, 0, 23, &hour) || !take_char(s, ":") ||
	    !take_number(s, 2, 0, 59, &minute) || !take_char(s, ":") ||
	    !take_number(s, 2, 0, 60, &second))
		return false;
	*ms += (int64_t)hour * 3600000 + (int64_t)minute * 60000 + (int64_t)second * 1000;
	if (!take_char(s, "."))
		return true;
	int64_t unit = 100;
	if (s->n == 0 || !str_has(STR("0123456789"), s->p[0]))
		return false;
	for (; s->n && str_has(STR("0123456789"), s->p[0]); *s = str_skip(*s, 1), unit /= 10)
		*ms += (s->p[0] - '0') * unit;
	return true;
}

static bool take_offset(struct str *s, int64_t *ms)
{
	uint32_t hour, minute;

	if (take_char(s, "Zz"))
		return true;
	bool west = str_starts(*s, STR("-"));
	if (!take_char(s, "+-") || !take_number(s, 2, 0, 23, &hour) || !take_char(s, ":") ||
	    !take_number(s, 2, 0, 59, &minute))
		return false;
	int64_t offset = (int64_t)(hour * 60 + minute) * 60000;
	*ms += west ? offset : -offset;
	return true;
}

enum err time_read(struct str s, int64_t *wall_ms)
{
	int64_t ms;

	if (!take_date(&s, &ms))
		return ERR_SYNTAX;
	if (s.n && (!take_char(&s, "Tt ") || !take_clock(&s, &ms) || !take_offset(&s, &ms)))
		return ERR_SYNTAX;
	if (s.n)
		return ERR_SYNTAX;
	*wall_ms = ms;
	return ERR_OK;
}

static const struct unit {
	struct str name;
	int64_t ms;
} units[] = {
	{ STR_INIT("d"), DAY_MS }, { STR_INIT("h"), 3600000 }, { STR_INIT("m"), 60000 },
	{ STR_INIT("s"), 1000 },   { STR_INIT("ms"), 1 },
};

enum { UNITS = sizeof(units) / sizeof(units[0]) };

enum err time_read_span(struct str s, int64_t *ms)
{
	size_t n = 0;
	uint64_t v;

	while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	for (size_t i = 0; i < UNITS; i++) {
		if (!str_eq(str_skip(s, n), units[i].name))
			continue;
		if (!str_u64(str_head(s, n), &v))
			return n ? ERR_LIMIT : ERR_SYNTAX;
		if (v > (uint64_t)(36525 * DAY_MS / units[i].ms))
			return ERR_LIMIT;
		*ms = (int64_t)v * units[i].ms;
		return ERR_OK;
	}
	return ERR_SYNTAX;
}

struct str time_span(int64_t ms, char text[static TIME_TEXT_MAX])
{
	struct buf b = { .p = text, .cap = TIME_TEXT_MAX, .max = TIME_TEXT_MAX };
	int parts = 0;

	if (ms <= 0)
		return STR("0s");
	for (size_t i = 0; i < UNITS && parts < 2; i++) {
		int64_t v = ms / units[i].ms;
		if (v == 0) {
			if (parts)
				break;
			continue;
		}
		buf_addu(&b, (uint64_t)v);
		buf_add(&b, units[i].name);
		ms -= v * units[i].ms;
		parts++;
	}
	return buf_str(&b);
}
