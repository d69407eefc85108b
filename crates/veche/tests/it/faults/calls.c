// Stands between a program and the C library (LD_PRELOAD): counts the calls that touch files below one folder, lets one of them
// fail, or ends the process there, and writes down what each changed, so that what was not synced can be taken back as a power cut does.
//
// VECHE_CALLS_BELOW    the folder, absolute, without symbolic links
// VECHE_CALLS_JOURNAL  where the calls are written down, outside the folder; appended to
// VECHE_CALLS_WHICH    `writes` (default) or `reads`: which calls are counted
// VECHE_CALLS_AT       the call that fails, from 1; 0: none
// VECHE_CALLS_HOW      `eio`, `enospc`, `short` (half is written), `stop` (the process is killed before the call)
// VECHE_CALLS_EVER     `1`: every call from then on
//
// A line of the journal: NUMBER OPERATION PATH INODE A B OLD NEW, by tabs. Bytes are hexadecimal, `-` if there are none.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FDS = 4096, PATH_LEN = 4096 };

static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static char below[PATH_LEN];
static size_t below_len;
static int journal = -1;
static long at, count;
static int ever, reads;
static char how[16];
static char *held[FDS]; // the path of each descriptor on a file below the folder
static long saved;      // files that were kept aside before their name was taken from them

#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static int real_open(const char *path, int flags, mode_t mode) {
    REAL(open);
    return real(path, flags, mode);
}
static ssize_t real_pread(int fd, void *to, size_t n, off_t at) {
    REAL(pread);
    return real(fd, to, n, at);
}
static ssize_t real_write(int fd, const void *from, size_t n) {
    REAL(write);
    return real(fd, from, n);
}

__attribute__((constructor)) static void begin(void) {
    const char *text = getenv("VECHE_CALLS_BELOW");
    if (!text) return;
    snprintf(below, sizeof below, "%s", text);
    below_len = strlen(below);
    if ((text = getenv("VECHE_CALLS_AT"))) at = atol(text);
    if ((text = getenv("VECHE_CALLS_HOW"))) snprintf(how, sizeof how, "%s", text);
    if ((text = getenv("VECHE_CALLS_WHICH"))) reads = strcmp(text, "reads") == 0;
    ever = getenv("VECHE_CALLS_EVER") != NULL;
    text = getenv("VECHE_CALLS_JOURNAL");
    // Far up, where no number that the program expects is taken.
    if (text) {
        int fd = real_open(text, O_WRONLY | O_CREAT | O_APPEND, 0600);
        journal = fcntl(fd, F_DUPFD_CLOEXEC, FDS - 8);
        if (journal < 0) journal = fd;
        else close(fd);
    }
}

// The absolute path, if it lies below the folder.
static int find(int dir, const char *path, char *to) {
    if (!below_len || !path) return 0;
    if (path[0] == '/') snprintf(to, PATH_LEN, "%s", path);
    else if (dir == AT_FDCWD) {
        char here[PATH_LEN / 2];
        if (!getcwd(here, sizeof here)) return 0;
        const char *rest = strncmp(path, "./", 2) == 0 ? path + 2 : path;
        if (strcmp(rest, ".") == 0 || !*rest) snprintf(to, PATH_LEN, "%s", here);
        else snprintf(to, PATH_LEN, "%s/%s", here, rest);
    } else if (dir >= 0 && dir < FDS && held[dir]) snprintf(to, PATH_LEN, "%s/%s", held[dir], path);
    else return 0;
    return strncmp(to, below, below_len) == 0 && (to[below_len] == '/' || !to[below_len]);
}

static const char *of(int fd) { return fd >= 0 && fd < FDS ? held[fd] : NULL; }

static void hex(FILE *out, const unsigned char *bytes, size_t n) {
    if (!n) fputc('-', out);
    for (size_t i = 0; i < n; i++) fprintf(out, "%02x", bytes[i]);
}

static void note(const char *op, const char *path, unsigned long ino, long a, long b, const void *old, size_t old_n,
                 const void *new, size_t new_n) {
    if (journal < 0) return;
    char *text;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    fprintf(out, "%ld\t%s\t%s\t%lu\t%ld\t%ld\t", count, op, path, ino, a, b);
    hex(out, old, old_n);
    fputc('\t', out);
    hex(out, new, new_n);
    fputc('\n', out);
    fclose(out);
    if (real_write(journal, text, n) < 0) abort();
    free(text);
}

static unsigned long inode(int fd) {
    struct stat st;
    return fstat(fd, &st) ? 0 : st.st_ino;
}
static unsigned long inode_at(const char *path) {
    struct stat st;
    return lstat(path, &st) ? 0 : st.st_ino;
}
static off_t size(int fd) {
    struct stat st;
    return fstat(fd, &st) ? 0 : st.st_size;
}

__attribute__((destructor)) static void end(void) { note("end", below, 0, 0, 0, NULL, 0, NULL, 0); }

enum { GO, FAIL, SHORT };

// Counts a call. GO: it is to be made; FAIL: it fails with what stands in errno; SHORT: half of it is to be done.
static int next(const char *op, const char *path, int is_read) {
    if (is_read != reads) return GO;
    count++;
    int hit = at && (count == at || (ever && count > at));
    if (!hit) return GO;
    note(op, path, 0, -1, -1, NULL, 0, NULL, 0);
    if (strcmp(how, "stop") == 0) kill(getpid(), SIGKILL);
    if (strcmp(how, "short") == 0) return strstr(op, "write") ? SHORT : GO;
    errno = strcmp(how, "enospc") == 0 ? ENOSPC : EIO;
    return FAIL;
}

static int opened(int fd, const char *path, int was_there) {
    if (fd < 0 || fd >= FDS) return fd;
    free(held[fd]);
    held[fd] = strdup(path);
    if (!was_there) note("create", path, inode(fd), 0, 0, NULL, 0, NULL, 0);
    return fd;
}

// Remembers what is about to be cut off.
static void note_cut(const char *op, int fd, const char *path, off_t to) {
    off_t from = size(fd);
    size_t n = from > to ? (size_t)(from - to) : 0;
    unsigned char *old = malloc(n ? n : 1);
    // A descriptor that only writes cannot be read by.
    char own[64];
    snprintf(own, sizeof own, "/proc/self/fd/%d", fd);
    int reading = n ? real_open(own, O_RDONLY | O_CLOEXEC, 0) : -1;
    ssize_t got = n ? real_pread(reading, old, n, to) : 0;
    note(op, path, inode(fd), from, to, old, got > 0 ? (size_t)got : 0, NULL, 0);
    if (reading >= 0) close(reading);
    free(old);
}

static int open_at(int dir, const char *path, int flags, mode_t mode) {
    char whole[PATH_LEN];
    REAL(openat);
    if (!find(dir, path, whole)) return real(dir, path, flags, mode);
    pthread_mutex_lock(&lock);
    int fd = -1;
    if (next(flags & O_CREAT ? "open-create" : "open", whole, 0) != FAIL) {
        int was_there = inode_at(whole) != 0;
        fd = real(dir, path, flags & ~O_TRUNC, mode);
        int error = errno;
        if (fd >= 0) {
            opened(fd, whole, was_there);
            if (flags & O_TRUNC) {
                REAL(ftruncate);
                note_cut("truncate", fd, whole, 0);
                real(fd, 0);
            }
        }
        errno = error;
    }
    pthread_mutex_unlock(&lock);
    return fd;
}

#define MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { \
        va_list rest; \
        va_start(rest, flags); \
        mode = va_arg(rest, mode_t); \
        va_end(rest); \
    }
int open(const char *path, int flags, ...) { MODE(flags) return open_at(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return open_at(AT_FDCWD, path, flags, mode); }
int openat(int dir, const char *path, int flags, ...) { MODE(flags) return open_at(dir, path, flags, mode); }
int openat64(int dir, const char *path, int flags, ...) { MODE(flags) return open_at(dir, path, flags, mode); }
int creat(const char *path, mode_t mode) { return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

int close(int fd) {
    REAL(close);
    if (!of(fd)) return real(fd);
    pthread_mutex_lock(&lock);
    free(held[fd]);
    held[fd] = NULL;
    pthread_mutex_unlock(&lock);
    return real(fd);
}

// A second descriptor of a file that is held.
int fcntl(int fd, int what, ...) {
    REAL(fcntl);
    va_list rest;
    va_start(rest, what);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    int result = real(fd, what, argument);
    if ((what == F_DUPFD || what == F_DUPFD_CLOEXEC) && result >= 0 && result < FDS && of(fd)) {
        pthread_mutex_lock(&lock);
        free(held[result]);
        held[result] = strdup(of(fd));
        pthread_mutex_unlock(&lock);
    }
    return result;
}
int fcntl64(int fd, int what, ...) {
    va_list rest;
    va_start(rest, what);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    return fcntl(fd, what, argument);
}

// Writes at a place, or where the descriptor stands if `where` is -1.
static ssize_t write_at(const char *op, int fd, const void *from, size_t n, off_t where) {
    REAL(pwrite);
    if (!of(fd)) return where < 0 ? real_write(fd, from, n) : real(fd, from, n, where);
    pthread_mutex_lock(&lock);
    ssize_t done = -1;
    int told = next(op, of(fd), 0);
    if (told != FAIL) {
        REAL(fcntl);
        if (told == SHORT) n /= 2;
        int appends = real(fd, F_GETFL) & O_APPEND;
        off_t to = where >= 0 ? where : appends ? size(fd) : lseek(fd, 0, SEEK_CUR);
        off_t before = size(fd);
        unsigned char *old = malloc(n ? n : 1);
        char own[64];
        snprintf(own, sizeof own, "/proc/self/fd/%d", fd);
        int reading = real_open(own, O_RDONLY | O_CLOEXEC, 0);
        ssize_t got = real_pread(reading, old, n, to);
        if (reading >= 0) close(reading);
        if (where < 0) done = real_write(fd, from, n);
        else {
            REAL(pwrite);
            done = real(fd, from, n, where);
        }
        int error = errno;
        if (done > 0)
            note("write", of(fd), inode(fd), to, before, old, got > 0 ? (size_t)(got < done ? got : done) : 0, from, done);
        free(old);
        errno = error;
    }
    pthread_mutex_unlock(&lock);
    return done;
}
ssize_t write(int fd, const void *from, size_t n) { return write_at("write", fd, from, n, -1); }
ssize_t pwrite(int fd, const void *from, size_t n, off_t to) { return write_at("pwrite", fd, from, n, to); }
ssize_t pwrite64(int fd, const void *from, size_t n, off_t to) { return write_at("pwrite", fd, from, n, to); }
ssize_t writev(int fd, const struct iovec *parts, int n) {
    REAL(writev);
    if (!of(fd)) return real(fd, parts, n);
    // Allowed to write less than all: the first part that has something.
    for (int i = 0; i < n; i++)
        if (parts[i].iov_len) return write_at("writev", fd, parts[i].iov_base, parts[i].iov_len, -1);
    return 0;
}

ssize_t read(int fd, void *to, size_t n) {
    REAL(read);
    if (of(fd) && next("read", of(fd), 1) == FAIL) return -1;
    return real(fd, to, n);
}
ssize_t pread(int fd, void *to, size_t n, off_t from) {
    if (of(fd) && next("pread", of(fd), 1) == FAIL) return -1;
    return real_pread(fd, to, n, from);
}
ssize_t pread64(int fd, void *to, size_t n, off_t from) { return pread(fd, to, n, from); }

// Whoever copies within the kernel is sent to read and write.
ssize_t copy_file_range(int in, off64_t *in_at, int out, off64_t *out_at, size_t n, unsigned flags) {
    REAL(copy_file_range);
    if (!of(in) && !of(out)) return real(in, in_at, out, out_at, n, flags);
    errno = ENOSYS;
    return -1;
}
ssize_t sendfile(int out, int in, off_t *from, size_t n) {
    ssize_t (*real)(int, int, off_t *, size_t) = dlsym(RTLD_NEXT, "sendfile");
    if (!of(in) && !of(out)) return real(out, in, from, n);
    errno = ENOSYS;
    return -1;
}
ssize_t sendfile64(int out, int in, off64_t *from, size_t n) { return sendfile(out, in, (off_t *)from, n); }

static int sync_of(const char *op, int fd, int (*real)(int)) {
    if (!of(fd)) return real(fd);
    pthread_mutex_lock(&lock);
    int done = -1;
    if (next(op, of(fd), 0) != FAIL && (done = real(fd)) == 0) {
        struct stat st;
        int is_folder = fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
        note(is_folder ? "sync-folder" : "sync", of(fd), inode(fd), 0, 0, NULL, 0, NULL, 0);
    }
    pthread_mutex_unlock(&lock);
    return done;
}
int fsync(int fd) {
    REAL(fsync);
    return sync_of("fsync", fd, real);
}
int fdatasync(int fd) {
    REAL(fdatasync);
    return sync_of("fdatasync", fd, real);
}

int ftruncate(int fd, off_t to) {
    REAL(ftruncate);
    if (!of(fd)) return real(fd, to);
    pthread_mutex_lock(&lock);
    int done = -1;
    if (next("ftruncate", of(fd), 0) != FAIL) {
        note_cut("truncate", fd, of(fd), to);
        done = real(fd, to);
    }
    pthread_mutex_unlock(&lock);
    return done;
}
int ftruncate64(int fd, off64_t to) { return ftruncate(fd, to); }

// SQLite makes room by it, and goes on without where it is refused.
int fallocate(int fd, int mode, off_t from, off_t n) {
    REAL(fallocate);
    if (!of(fd)) return real(fd, mode, from, n);
    errno = EOPNOTSUPP;
    return -1;
}
int posix_fallocate(int fd, off_t from, off_t n) {
    REAL(posix_fallocate);
    return of(fd) ? EINVAL : real(fd, from, n);
}
int posix_fallocate64(int fd, off64_t from, off64_t n) { return posix_fallocate(fd, from, n); }

// Keeps a file beside the journal under another name, so that it can be put back; returns that name's number, 0 for none.
static long keep(const char *path) {
    char aside[PATH_LEN];
    const char *folder = getenv("VECHE_CALLS_JOURNAL");
    if (!folder || !inode_at(path)) return 0;
    REAL(link);
    snprintf(aside, sizeof aside, "%s.%d.%ld", folder, getpid(), ++saved);
    return real(path, aside) ? 0 : saved;
}

static int rename_at(int from_dir, const char *from, int to_dir, const char *to) {
    char a[PATH_LEN], b[PATH_LEN], both[2 * PATH_LEN];
    REAL(renameat);
    int is_below = find(from_dir, from, a);
    if (!find(to_dir, to, b) || !is_below) return real(from_dir, from, to_dir, to);
    pthread_mutex_lock(&lock);
    int done = -1;
    if (next("rename", b, 0) != FAIL) {
        long kept = keep(b);
        done = real(from_dir, from, to_dir, to);
        int error = errno;
        snprintf(both, sizeof both, "%s>%s", a, b);
        if (!done) note("rename", both, inode_at(b), kept, getpid(), NULL, 0, NULL, 0);
        errno = error;
    }
    pthread_mutex_unlock(&lock);
    return done;
}
int rename(const char *from, const char *to) { return rename_at(AT_FDCWD, from, AT_FDCWD, to); }
int renameat(int fd, const char *from, int tfd, const char *to) { return rename_at(fd, from, tfd, to); }

static int unlink_at(int dir, const char *path, int flags) {
    char whole[PATH_LEN];
    REAL(unlinkat);
    if (!find(dir, path, whole) || flags) return real(dir, path, flags);
    if (!inode_at(whole)) {
        errno = ENOENT;
        return -1;
    }
    pthread_mutex_lock(&lock);
    int done = -1;
    if (next("unlink", whole, 0) != FAIL) {
        unsigned long ino = inode_at(whole);
        long kept = keep(whole);
        done = real(dir, path, flags);
        int error = errno;
        if (!done) note("unlink", whole, ino, kept, getpid(), NULL, 0, NULL, 0);
        errno = error;
    }
    pthread_mutex_unlock(&lock);
    return done;
}
int unlink(const char *path) { return unlink_at(AT_FDCWD, path, 0); }
int unlinkat(int dir, const char *path, int flags) { return unlink_at(dir, path, flags); }

int mkdir(const char *path, mode_t mode) {
    char whole[PATH_LEN];
    REAL(mkdir);
    if (!find(AT_FDCWD, path, whole)) return real(path, mode);
    pthread_mutex_lock(&lock);
    int done = next("mkdir", whole, 0) == FAIL ? -1 : real(path, mode);
    pthread_mutex_unlock(&lock);
    return done;
}

// A file written by memory would escape the journal: the tests see to it that there is none.
void *mmap64(void *where, size_t n, int protection, int flags, int fd, off64_t from) {
    REAL(mmap64);
    if (of(fd) && (flags & MAP_SHARED) && (protection & PROT_WRITE)) {
        pthread_mutex_lock(&lock);
        int told = next("mmap", of(fd), 0);
        if (told != FAIL) note("mapped", of(fd), inode(fd), 0, 0, NULL, 0, NULL, 0);
        pthread_mutex_unlock(&lock);
        if (told == FAIL) return MAP_FAILED;
    }
    return real(where, n, protection, flags, fd, from);
}
void *mmap(void *where, size_t n, int protection, int flags, int fd, off_t from) {
    return mmap64(where, n, protection, flags, fd, from);
}
