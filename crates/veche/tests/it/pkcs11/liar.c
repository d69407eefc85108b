// A PKCS#11 library that passes everything on to a true one, and lies or fails where it is told to.
//
// VECHE_LIAR_TRUE  the true library
// VECHE_LIAR_HOW   `other` (signs the text with its last byte changed), `flip` (changes a bit of the signature), `short` and `long` (a byte
//                  less or more), `zeros`, `pulled` (the token is gone when it should sign), `leaky` (new keys can be read out), `mute`
//                  (does not say whether a key can be), `final` (one try of the PIN is left), `locked` (none is), `asks` (the PIN for each
//                  signature), `broken` (does not begin), `empty` (no list of functions), `strange` (the label steers the terminal and is no
//                  text), `stub` (points a byte short), `unknown` (the second token asked about is one that the library does not know)
//
// No header of PKCS#11 is needed: its list is a version and the functions in the order of the standard.
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned long ulong;
typedef struct { ulong type; void *value; ulong len; } attribute;

enum { BEGIN = 0, TOKEN_INFO = 6, ATTRIBUTE = 24, SIGN = 43, GENERATE_PAIR = 59, FUNCTIONS = 68 };
enum { DEVICE_REMOVED = 0x32, TOKEN_UNKNOWN = 0xe1, GENERAL_ERROR = 5, UNAVAILABLE = -1 };
enum { POINT = 0x181, EXTRACTABLE = 0x162, ALWAYS_AUTHENTICATE = 0x202, FINAL_TRY = 0x20000, LOCKED = 0x40000, FLAGS_AT = 96 };

static struct { unsigned char version[2]; void *call[FUNCTIONS]; } ours, *theirs;

static int told(const char *how) {
    const char *said = getenv("VECHE_LIAR_HOW");
    return said && !strcmp(said, how);
}

static ulong begin(void *arguments) {
    return told("broken") ? GENERAL_ERROR : ((ulong (*)(void *))theirs->call[BEGIN])(arguments);
}

static ulong token_info(ulong slot, unsigned char *info) {
    ulong code = ((ulong (*)(ulong, void *))theirs->call[TOKEN_INFO])(slot, info);
    static int asked;
    if (told("unknown") && ++asked == 2) return TOKEN_UNKNOWN;
    ulong flags;
    memcpy(&flags, info + FLAGS_AT, sizeof flags);
    if (told("strange")) memcpy(info, "\x1b[2J\xff\n", 6);
    flags |= told("final") ? FINAL_TRY : told("locked") ? LOCKED : 0;
    memcpy(info + FLAGS_AT, &flags, sizeof flags);
    return code;
}

static ulong attributes(ulong session, ulong object, attribute *wanted, ulong count) {
    ulong code = ((ulong (*)(ulong, ulong, void *, ulong))theirs->call[ATTRIBUTE])(session, object, wanted, count);
    for (ulong i = 0; i < count; i++) {
        if (wanted[i].type == POINT && wanted[i].value && told("stub")) wanted[i].len -= 1;
        if (wanted[i].type == EXTRACTABLE && told("mute")) wanted[i].len = (ulong)UNAVAILABLE;
        if (wanted[i].type == ALWAYS_AUTHENTICATE && wanted[i].value && told("asks")) *(unsigned char *)wanted[i].value = 1;
    }
    return code;
}

static ulong generate(ulong session, void *how, attribute *public, ulong publics, attribute *private, ulong privates, ulong *a, ulong *b) {
    for (ulong i = 0; i < privates; i++)
        if (private[i].type == EXTRACTABLE && told("leaky")) *(unsigned char *)private[i].value = 1;
    return ((ulong (*)(ulong, void *, void *, ulong, void *, ulong, ulong *, ulong *))theirs->call[GENERATE_PAIR])(
        session, how, public, publics, private, privates, a, b);
}

static ulong sign(ulong session, unsigned char *text, ulong len, unsigned char *out, ulong *out_len) {
    if (told("pulled")) return DEVICE_REMOVED;
    unsigned char *copy = malloc(len + 1);
    memcpy(copy, text, len);
    if (told("other")) copy[len - 1] ^= 1;
    ulong code = ((ulong (*)(ulong, void *, ulong, void *, ulong *))theirs->call[SIGN])(session, copy, len, out, out_len);
    free(copy);
    if (told("long") && !out) *out_len += 1;
    if (code || !out) return code;
    if (told("flip")) out[9] ^= 1;
    if (told("zeros")) memset(out, 0, *out_len);
    if (told("short")) *out_len -= 1;
    if (told("long")) out[(*out_len)++] = 0;
    return code;
}

ulong C_GetFunctionList(void **list) {
    if (told("empty")) return GENERAL_ERROR;
    void *library = dlopen(getenv("VECHE_LIAR_TRUE"), RTLD_NOW);
    if (!library) return GENERAL_ERROR;
    ulong (*get)(void **) = (ulong (*)(void **))dlsym(library, "C_GetFunctionList");
    ulong code = get((void **)&theirs);
    if (code) return code;
    memcpy(&ours, theirs, sizeof ours);
    ours.call[BEGIN] = begin;
    ours.call[TOKEN_INFO] = token_info;
    ours.call[ATTRIBUTE] = attributes;
    ours.call[SIGN] = sign;
    ours.call[GENERATE_PAIR] = generate;
    *list = &ours;
    return 0;
}
