// A wrong clock for one process, by LD_PRELOAD: the time of day is so many seconds ahead as the file CLOCK_FILE says; the monotonic clock is the machine's. The
// file is read at each call, through a mapping. (libfaketime also wraps the waits of threads, and .NET's threads then wait too long.)
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile long *shift;

__attribute__((constructor)) static void start(void)
{
    const char *place = getenv("CLOCK_FILE");
    int file = place ? open(place, O_RDONLY | O_CLOEXEC) : -1;
    void *mapping = file < 0 ? MAP_FAILED : mmap(0, sizeof *shift, PROT_READ, MAP_SHARED, file, 0);
    if (mapping != MAP_FAILED)
        shift = mapping;
    if (file >= 0)
        close(file);
}

static long ahead(clockid_t clock)
{
    return shift && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) ? *shift : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    static int (*real)(clockid_t, struct timespec *);
    if (!real)
        real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, now);
    if (result == 0)
        now->tv_sec += ahead(clock);
    return result;
}

int gettimeofday(struct timeval *now, void *zone)
{
    (void)zone;
    struct timespec time;
    int result = clock_gettime(CLOCK_REALTIME, &time);
    now->tv_sec = time.tv_sec;
    now->tv_usec = time.tv_nsec / 1000;
    return result;
}

time_t time(time_t *result)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result)
        *result = now.tv_sec;
    return now.tv_sec;
}
