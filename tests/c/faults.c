/* A disk and a connection that fail when they are told to: preloaded before the C library.
 *
 * Each call that changes a file below one folder, or talks to a socket, is a place; so is each step that the program
 * under test reports. Places are numbered in the order in which they are reached. At a given place the process (or
 * another one) is killed, or the call fails with an error of the caller's choice, or it takes longer.
 *
 * With a folder for the disk's image, fsync does not reach the real disk: it copies what the file or the folder holds
 * at that moment into the image. What the image does not hold is what a power cut would take. Files are known by inode
 * and time of birth, because inodes are used again.
 *
 * Not seen: io_uring, raw system calls, writes through a shared mapping (SQLite's -shm, which it makes anew).
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { WRITE = 1, SYNC = 2, NAME = 4, CUT = 8, SEND = 16, RECV = 32, STEP = 64, MAKE = 128 };
enum { COUNT = 0, KILL = 1, FAIL_ONCE = 2, FAIL_ON = 3, SLOW = 4, LIE = 8 };

static char root[PATH_MAX], image[PATH_MAX], record[PATH_MAX];
static int mode, failure, lies, victim, victim_signal;
static unsigned kinds;
static long place;
static atomic_long reached;
static atomic_int armed;

#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static void note_place(const char *what, const char *where) {
    char line[PATH_MAX + 64];
    int handle = (int)syscall(SYS_openat, AT_FDCWD, record, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (handle < 0) return;
    int length = snprintf(line, sizeof line, "%s %s", what, where);
    syscall(SYS_write, handle, line, (size_t)length);
    syscall(SYS_close, handle);
}

/* Gives an error number when the call is to fail. */
static int reach(unsigned kind, const char *what, const char *where) {
    if (!armed || !(kind & kinds)) return 0;
    long now = atomic_fetch_add(&reached, 1) + 1;
    if (mode == SLOW) {
        struct timespec wait = {.tv_sec = failure / 1000, .tv_nsec = (failure % 1000) * 1000000L};
        nanosleep(&wait, NULL);
        return 0;
    }
    if (mode == COUNT || now < place || (mode != FAIL_ON && now > place)) return 0;
    if (now == place) note_place(what, where);
    if (mode == KILL) {
        kill(victim, victim_signal);
        if (victim == getpid()) for (;;) pause();
        return 0;
    }
    return failure;
}

static int below(const char *path) {
    size_t length = strlen(root);
    return armed && length && !strncmp(path, root, length) && (path[length] == '/' || !path[length]);
}

/* The path of an open file below the folder, or of a socket; NULL for anything else. */
static const char *path_of(int handle, char *path) {
    char link[64];
    if (!armed) return NULL;
    snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
    ssize_t length = syscall(SYS_readlink, link, path, PATH_MAX - 1);
    if (length <= 0) return NULL;
    path[length] = 0;
    if (below(path)) return strlen(path) > strlen(root) ? path + strlen(root) + 1 : ".";
    return !strncmp(path, "socket:", 7) ? "socket" : NULL;
}

static const char *short_of(const char *path) { return path[strlen(root)] ? path + strlen(root) + 1 : "."; }

/* -- the image of the disk -- */

static int id_at(int folder, const char *name, char *id, size_t size, unsigned *type) {
    struct statx found;
    int flags = AT_SYMLINK_NOFOLLOW | (*name ? 0 : AT_EMPTY_PATH);
    if (syscall(SYS_statx, folder, name, flags, STATX_INO | STATX_BTIME | STATX_TYPE, &found)) return -1;
    snprintf(id, size, "%llu-%lld-%u", (unsigned long long)found.stx_ino, (long long)found.stx_btime.tv_sec,
             found.stx_btime.tv_nsec);
    *type = found.stx_mode & S_IFMT;
    return 0;
}

static int copy_file(int from, int to) {
    char buffer[65536];
    off_t at = 0;
    ssize_t length;
    while ((length = syscall(SYS_pread64, from, buffer, sizeof buffer, at)) > 0) {
        if (syscall(SYS_write, to, buffer, (size_t)length) != length) return -1;
        at += length;
    }
    return (int)length;
}

static int copy_folder(int from, int to) {
    int handle = (int)syscall(SYS_openat, from, ".", O_RDONLY | O_DIRECTORY, 0);
    DIR *folder = handle < 0 ? NULL : fdopendir(handle);
    if (!folder) return -1;
    for (struct dirent *entry; (entry = readdir(folder));) {
        char id[96], line[NAME_MAX + 128];
        unsigned type;
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        if (id_at(from, entry->d_name, id, sizeof id, &type)) continue;
        int length = snprintf(line, sizeof line, "%c %s %s\n", type == S_IFDIR ? 'd' : 'f', id, entry->d_name);
        syscall(SYS_write, to, line, (size_t)length);
    }
    closedir(folder);
    return 0;
}

static int keep(int handle) {
    char id[96], staged[PATH_MAX + 256], kept[PATH_MAX + 128];
    unsigned type;
    /* /proc gives a handle that can be read, whatever this one was opened for. */
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
    if (id_at(handle, "", id, sizeof id, &type)) return -1;
    int from = (int)syscall(SYS_openat, AT_FDCWD, link, O_RDONLY, 0);
    if (from < 0) return -1;
    snprintf(kept, sizeof kept, "%s/%s", image, id);
    snprintf(staged, sizeof staged, "%s.%d", kept, (int)syscall(SYS_gettid));
    int to = (int)syscall(SYS_openat, AT_FDCWD, staged, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    int failed = to < 0 || (type == S_IFDIR ? copy_folder(from, to) : copy_file(from, to));
    syscall(SYS_close, from);
    if (to >= 0) syscall(SYS_close, to);
    return failed ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, staged, AT_FDCWD, kept, 0);
}

static int synced(int handle, const char *what, int (*real)(int)) {
    char path[PATH_MAX];
    const char *where = path_of(handle, path);
    if (!where) return real(handle);
    int failed = reach(SYNC, what, where);
    if (failed) {
        errno = failed;
        return -1;
    }
    if (!*image || lies) return 0; /* a process that is killed leaves its pages to the kernel */
    return keep(handle);
}

/* -- what Python calls -- */

void fault_disk(const char *folder, const char *disk) {
    snprintf(root, sizeof root, "%s", folder);
    snprintf(image, sizeof image, "%s", disk);
}

void fault_arm(int how, unsigned which, long at, int number, const char *told) {
    mode = how & 7;
    lies = how & LIE;
    kinds = which;
    place = at;
    failure = number;
    victim = getpid();
    victim_signal = SIGKILL;
    snprintf(record, sizeof record, "%s", told);
    atomic_store(&reached, 0);
    armed = 1;
}

void fault_victim(int process, int number) {
    victim = process;
    victim_signal = number;
}

void fault_disarm(void) { armed = 0; }

long fault_reached(void) { return atomic_load(&reached); }

void fault_step(const char *name) { reach(STEP, "step", name); }

int fault_keep(const char *path) {
    int handle = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY, 0);
    if (handle < 0) return -1;
    int failed = keep(handle);
    syscall(SYS_close, handle);
    return failed;
}

int fault_id(const char *path, char *id, int size) {
    unsigned type;
    return id_at(AT_FDCWD, path, id, (size_t)size, &type);
}

/* -- the calls -- */

#define FAILS(kind, what, where) \
    do { \
        int failed_ = (where) ? reach(kind, what, where) : 0; \
        if (failed_) { \
            errno = failed_; \
            return -1; \
        } \
    } while (0)

int fsync(int handle) {
    REAL(fsync);
    return synced(handle, "fsync", real);
}

int fdatasync(int handle) {
    REAL(fdatasync);
    return synced(handle, "fdatasync", real);
}

ssize_t write(int handle, const void *data, size_t length) {
    REAL(write);
    char path[PATH_MAX];
    const char *where = path_of(handle, path);
    int socket = where && !strcmp(where, "socket");
    FAILS(socket ? SEND : WRITE, socket ? "send" : "write", where);
    return real(handle, data, length);
}

ssize_t pwrite(int handle, const void *data, size_t length, off_t at) {
    REAL(pwrite);
    char path[PATH_MAX];
    FAILS(WRITE, "write", path_of(handle, path));
    return real(handle, data, length, at);
}

ssize_t pwrite64(int handle, const void *data, size_t length, off64_t at) {
    REAL(pwrite64);
    char path[PATH_MAX];
    FAILS(WRITE, "write", path_of(handle, path));
    return real(handle, data, length, at);
}

ssize_t writev(int handle, const struct iovec *parts, int count) {
    REAL(writev);
    char path[PATH_MAX];
    FAILS(WRITE, "write", path_of(handle, path));
    return real(handle, parts, count);
}

int ftruncate(int handle, off_t length) {
    REAL(ftruncate);
    char path[PATH_MAX];
    FAILS(CUT, "truncate", path_of(handle, path));
    return real(handle, length);
}

int ftruncate64(int handle, off64_t length) {
    REAL(ftruncate64);
    char path[PATH_MAX];
    FAILS(CUT, "truncate", path_of(handle, path));
    return real(handle, length);
}

ssize_t send(int handle, const void *data, size_t length, int flags) {
    REAL(send);
    char path[PATH_MAX];
    FAILS(SEND, "send", path_of(handle, path));
    return real(handle, data, length, flags);
}

ssize_t recv(int handle, void *data, size_t length, int flags) {
    REAL(recv);
    char path[PATH_MAX];
    FAILS(RECV, "receive", path_of(handle, path));
    return real(handle, data, length, flags);
}

#define NAMED(path) (below(path) ? short_of(path) : NULL)

int rename(const char *from, const char *to) {
    REAL(rename);
    FAILS(NAME, "rename", NAMED(to));
    return real(from, to);
}

int renameat(int a, const char *from, int b, const char *to) {
    REAL(renameat);
    FAILS(NAME, "rename", NAMED(to));
    return real(a, from, b, to);
}

int link(const char *from, const char *to) {
    REAL(link);
    FAILS(NAME, "link", NAMED(to));
    return real(from, to);
}

int linkat(int a, const char *from, int b, const char *to, int flags) {
    REAL(linkat);
    FAILS(NAME, "link", NAMED(to));
    return real(a, from, b, to, flags);
}

int unlink(const char *path) {
    REAL(unlink);
    FAILS(NAME, "unlink", NAMED(path));
    return real(path);
}

int unlinkat(int folder, const char *path, int flags) {
    REAL(unlinkat);
    FAILS(NAME, "unlink", NAMED(path));
    return real(folder, path, flags);
}

int mkdir(const char *path, mode_t bits) {
    REAL(mkdir);
    FAILS(NAME, "mkdir", NAMED(path));
    return real(path, bits);
}

int mkdirat(int folder, const char *path, mode_t bits) {
    REAL(mkdirat);
    FAILS(NAME, "mkdir", NAMED(path));
    return real(folder, path, bits);
}

#define OPENED(call, ...) \
    mode_t bits = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { \
        va_list more; \
        va_start(more, flags); \
        bits = va_arg(more, mode_t); \
        va_end(more); \
    } \
    if (flags & O_CREAT) FAILS(MAKE, "create", NAMED(path)); \
    return real(__VA_ARGS__, bits)

int open(const char *path, int flags, ...) {
    REAL(open);
    OPENED(open, path, flags);
}

int open64(const char *path, int flags, ...) {
    REAL(open64);
    OPENED(open64, path, flags);
}

int openat(int folder, const char *path, int flags, ...) {
    REAL(openat);
    OPENED(openat, folder, path, flags);
}

int openat64(int folder, const char *path, int flags, ...) {
    REAL(openat64);
    OPENED(openat64, folder, path, flags);
}
