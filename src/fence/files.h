/*
 * Files out of reach: Landlock (landlock(7)), where the kernel has it.
 *
 * A list of places is made while everything can be read; fence_files_close() then shuts all the
 * rest out for good: for this thread and those that it begins.  Nothing can be executed but
 * what the list says, no TCP port can be bound by its number, and nobody outside can be sent a
 * signal, as far as the kernel knows how.
 *
 * A place is what the path is at that moment: the directory that is renamed later is still
 * in reach, and one that comes into its place is not.
 */
#ifndef FENCE_FILES_H
#define FENCE_FILES_H

#include "fence/places.h"

#include <stdint.h>

/* What a kernel with that version of Landlock is asked to allow there.  Pure. */
uint64_t fence_files_rights(unsigned abi, enum fence_reach reach);

/*
 * Shut out all but these; a place that is not there is passed over.  *abi is the kernel's version
 * of Landlock, 0: it has none, and nothing is shut out.  After os_confine().  ERR_IO: errno;
 * ERR_NOMEM.
 */
enum err fence_files_close(const struct fence_places *p, unsigned *abi) MUST_USE;

#endif
