"""SPEC section 2: what is matched is what others read, in whatever charset it was written.

Fields are made of real words in 40 charsets and more, as mail programs write them: in Q and
in B, in one word and in several, folded, with plain text around them.  What Python's email
package reads of each (policy default) is its criterion.  One run tries them all.
"""

import base64
import email
import email.policy
import random
import subprocess

import pytest

import mail

WORDS = {
    "latin": ["Gehälter", "für", "naïve", "café", "Ångström", "señor", "crème", "payroll"],
    "polish": ["Zażółć", "gęślą", "jaźń", "łódź", "payroll"],
    "romanian": ["ştiinţă", "pâine", "înapoi"],
    "baltic": ["žąsis", "šūkis", "ķirsis", "payroll"],
    "cyrillic": ["Зарплата", "ведомость", "Привет", "жук", "payroll"],
    "ukrainian": ["Заробітна", "їжак", "ґанок"],
    "greek": ["Μισθοδοσία", "Καλημέρα", "ώρα"],
    "hebrew": ["שכר", "עובדים"],
    "arabic": ["رواتب", "مرحبا"],
    "turkish": ["maaş", "ödeme", "İstanbul", "ığdır"],
    "thai": ["เงินเดือน", "สวัสดี"],
    "japanese": ["給与", "明細", "こんにちは", "カタカナ", "[payroll]"],
    "chinese": ["工资", "你好", "中国", "payroll"],
    "taiwan": ["薪資", "你好", "中國"],
    "korean": ["급여", "안녕하세요", "한국"],
    "vietnamese": ["Lương", "tháng"],
    "celtic": ["Ŵyn", "ŷd"],
    "french": ["œuvre", "€", "payé"],
    "kazakh": ["Қазақ", "ғылым"],
    "box": ["été", "Größe"],
}

# (charset as the word names it, Python's codec, the language)
CHARSETS = [
    ("utf-8", "utf-8", "japanese"), ("UTF8", "utf-8", "greek"), ("us-ascii", "ascii", "none"),
    ("iso-8859-1", "iso-8859-1", "latin"), ("latin1", "iso-8859-1", "latin"),
    ("iso-8859-2", "iso-8859-2", "polish"), ("iso-8859-3", "iso-8859-3", "box"),
    ("iso-8859-4", "iso-8859-4", "baltic"), ("iso-8859-5", "iso-8859-5", "cyrillic"),
    ("iso-8859-6", "iso-8859-6", "arabic"), ("iso-8859-7", "iso-8859-7", "greek"),
    ("iso-8859-8", "iso-8859-8", "hebrew"), ("iso-8859-9", "iso-8859-9", "turkish"),
    ("iso-8859-10", "iso-8859-10", "latin"), ("iso-8859-13", "iso-8859-13", "baltic"),
    ("iso-8859-14", "iso-8859-14", "celtic"), ("iso-8859-15", "iso-8859-15", "french"),
    ("iso-8859-16", "iso-8859-16", "polish"), ("windows-1250", "cp1250", "polish"),
    ("windows-1251", "cp1251", "ukrainian"), ("windows-1252", "cp1252", "french"),
    ("cp-1252", "cp1252", "french"), ("windows-1253", "cp1253", "greek"),
    ("windows-1254", "cp1254", "turkish"), ("windows-1255", "cp1255", "hebrew"),
    ("windows-1256", "cp1256", "arabic"), ("windows-1257", "cp1257", "baltic"),
    ("koi8-r", "koi8-r", "cyrillic"), ("koi8-u", "koi8-u", "ukrainian"),
    ("tis-620", "tis-620", "thai"), ("cp437", "cp437", "box"), ("ibm850", "cp850", "box"),
    ("cp852", "cp852", "polish"), ("cp866", "cp866", "cyrillic"),
    ("macintosh", "mac_roman", "box"), ("ptcp154", "ptcp154", "kazakh"),
    ("iso-2022-jp", "iso-2022-jp", "japanese"), ("shift_jis", "shift_jis", "japanese"),
    ("cp932", "cp932", "japanese"), ("euc-jp", "euc-jp", "japanese"),
    ("gb2312", "gb2312", "chinese"), ("gbk", "gbk", "chinese"),
    ("gb_2312-80", "gb2312", "chinese"), ("x-sjis", "shift_jis", "japanese"),
    ("gb18030", "gb18030", "chinese"), ("big5", "big5", "taiwan"),
    ("big5-hkscs", "big5hkscs", "taiwan"), ("euc-kr", "euc-kr", "korean"),
    ("ks_c_5601-1987", "euc-kr", "korean"), ("cp949", "cp949", "korean"),
    ("iso-2022-kr", "iso-2022-kr", "korean"), ("johab", "johab", "korean"),
    ("utf-7", "utf-7", "cyrillic"), ("utf-16", "utf-16", "japanese"),
    # iconv does not know these: it is said
    ("hz-gb-2312", "hz", "chinese"), ("x-nowhere", "ascii", "none"),
]

# names that mail has and Python has not: it is given its own
FOR_PYTHON = {"cp-1252": "cp1252", "x-sjis": "shift_jis", "gb_2312-80": "gb2312"}

EACH = 10


def word(charset, codec, text, how):
    octets = text.encode(codec)
    if how == "B":
        return f"=?{charset}?B?{base64.b64encode(octets).decode()}?="
    plain = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    coded = "".join(chr(o) if o in plain else "_" if o == 0x20 else f"={o:02X}" for o in octets)
    return f"=?{charset}?Q?{coded}?="


def fits(text, codec):
    try:
        return bool(text.encode(codec))
    except UnicodeEncodeError:
        return False


def body(rnd, charset, codec, language):
    """Some words, each encoded or in plain ASCII, with a fold now and then."""
    parts = []
    words = [w for w in WORDS.get(language, ["payroll", "plain"]) if fits(w, codec)]
    for _ in range(rnd.randint(1, 4)):
        if rnd.random() < 0.25:
            parts.append(rnd.choice(["Re:", "payroll", "(2 of 3)", "the", "=?", "a=b"]))
        else:
            some = rnd.choices(words, k=rnd.randint(1, 3))
            parts.append(word(charset, codec, " ".join(some), rnd.choice("QB")))
    return "".join(p + rnd.choice([" ", " ", "\r\n ", "\r\n\t"]) for p in parts[:-1]) + parts[-1]


def bodies():
    rnd = random.Random(1)
    for charset, codec, language in CHARSETS:
        for _ in range(EACH):
            yield charset, body(rnd, charset, codec, language)


def quoted(text):
    return '"' + "".join("\\" + c if c in '\\"*?' else c for c in text) + '"'


@pytest.fixture(scope="module")
def relay(make_module_daemon):
    return make_module_daemon(start=False)


def test_as_python_reads(relay):
    fields = list(bodies())
    assert len(fields) >= 400 and len({c for c, _ in fields}) >= 40
    head = "".join(f"X-Field-{i}: {text}\r\n" for i, (_, text) in enumerate(fields))
    path = relay.dir / "charsets.eml"
    path.write_text(head + "\r\nbody\r\n", newline="")
    for theirs, its in FOR_PYTHON.items():
        head = head.replace(f"=?{theirs}?", f"=?{its}?")
    read = email.message_from_string(head + "\r\n", policy=email.policy.default)
    seen = [str(read[f"X-Field-{i}"]) for i in range(len(fields))]
    relay.criteria("".join(f"X-Field-{i} {quoted(s)}\n" for i, s in enumerate(seen)
                           if s.replace("\t", "").isprintable()))
    relay.own()
    tried, = relay.json("criteria", "test", "--to", "a@b.example", str(path))
    matched = {m["header"] for m in tried["matches"]}
    told = {n.split("charset ")[1].split(" is")[0].lower() for n in tried["notes"]}
    missed = [(c, t, s) for i, ((c, t), s) in enumerate(zip(fields, seen))
              if f"X-Field-{i}" not in matched and c.lower() not in told]
    assert missed == []
    assert told == {"hz-gb-2312", "x-nowhere"}


def test_every_charset_of_iconv_is_decoded(relay):
    """Whatever `iconv -l` has: none is told of that can hold plain words."""
    listed = subprocess.run(["iconv", "-l"], capture_output=True, text=True, check=True).stdout
    names = [n.rstrip("/") for n in listed.split() if n.rstrip("/")]
    assert len(names) > 100
    fields, lines = [], []
    for i, name in enumerate(names):
        done = subprocess.run(["iconv", "-f", "us-ascii", "-t", name], input=b"payroll",
                              capture_output=True)
        if done.returncode == 0:
            coded = base64.b64encode(done.stdout).decode()
            fields.append(f"X-Field-{i}: =?{name}?B?{coded}?=\r\n")
            lines.append(f"X-Field-{i} payroll\n")
    path = relay.dir / "iconv.eml"
    path.write_text("".join(fields) + "\r\nbody\r\n", newline="")
    relay.criteria("".join(lines))
    relay.own()
    tried, = relay.json("criteria", "test", "--to", "a@b.example", str(path))
    assert tried["notes"] == []
    absent = {li.split()[0] for li in lines} - {m["header"] for m in tried["matches"]}
    assert [f for f in fields if f.split(":")[0] in absent] == []


def test_criteria_that_come_later_read_every_charset(make_daemon):
    """A daemon whose criteria looked into no field, until it was told to read them anew."""
    daemon = make_daemon(criteria="To *")
    word = base64.b64encode("給与".encode("iso-2022-jp")).decode()
    text = f"Subject: =?iso-2022-jp?B?{word}?=\r\n\r\nbody\r\n".encode()
    records = []
    for criteria in ("To *", "Subject *給与* SECURE"):
        daemon.criteria(criteria)
        daemon.ok("reload")
        records.append(daemon.delivery(message=mail.submit(daemon, "a@insecure.example", text)))
    assert [r["outcome"] for r in records] == ["delivered", "bounced"]
