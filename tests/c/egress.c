/* Preloaded: notes every connection and every question for a name, and lets none leave the machine.
   One line each in the file that EGRESS_LOG names: the program, what it called, and where to. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void note(const char *what, const char *where) {
    char line[512];
    const char *path = getenv("EGRESS_LOG");
    int file = path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (file < 0) return;
    int size = snprintf(line, sizeof line, "%s %s %s\n", program_invocation_short_name, what, where);
    if (size > 0 && write(file, line, size < (int)sizeof line ? size : (int)sizeof line - 1) < 0) abort();
    close(file);
}

/* 1: it would leave this machine. */
static int leaves(const char *call, const struct sockaddr *to) {
    char text[INET6_ADDRSTRLEN] = "?";
    int inside = 0;
    if (!to) return 0;
    if (to->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)to;
        inet_ntop(AF_INET, &in->sin_addr, text, sizeof text);
        inside = (ntohl(in->sin_addr.s_addr) >> 24) == 127;
    } else if (to->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)to;
        inet_ntop(AF_INET6, &in->sin6_addr, text, sizeof text);
        inside = IN6_IS_ADDR_LOOPBACK(&in->sin6_addr);
    } else return 0;
    char what[64];
    snprintf(what, sizeof what, "%s-%s", inside ? "inside" : "OUTSIDE", call);
    note(what, text);
    return !inside;
}

int connect(int fd, const struct sockaddr *to, socklen_t size) {
    static int (*real)(int, const struct sockaddr *, socklen_t);
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "connect");
    if (leaves("connect", to)) { errno = ENETUNREACH; return -1; }
    return real(fd, to, size);
}

ssize_t sendto(int fd, const void *data, size_t length, int flags, const struct sockaddr *to, socklen_t size) {
    static ssize_t (*real)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "sendto");
    if (leaves("sendto", to)) { errno = ENETUNREACH; return -1; }
    return real(fd, data, length, flags, to, size);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    static ssize_t (*real)(int, const struct msghdr *, int);
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "sendmsg");
    if (message && leaves("sendmsg", message->msg_name)) { errno = ENETUNREACH; return -1; }
    return real(fd, message, flags);
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    static int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    unsigned char any[16];
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    if (name && strcmp(name, "localhost") && inet_pton(AF_INET, name, any) != 1 && inet_pton(AF_INET6, name, any) != 1) {
        note("OUTSIDE-name", name);
        return EAI_FAIL;
    }
    return real(name, service, hints, found);
}
