/*
 * A main() for fuzz targets without libFuzzer: runs the target once on each
 * file of each folder named on the command line, and on the empty input.
 * A folder that is not there is an error: the corpus is part of the test.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int replay(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		if (fd >= 0)
			(void)close(fd);
		return 0;
	}
	uint8_t *data = malloc((size_t)st.st_size + 1);
	ssize_t n = data ? read(fd, data, (size_t)st.st_size) : -1;
	(void)close(fd);
	if (n < 0) {
		free(data);
		return -1;
	}
	/* The exact size, so that a sanitizer sees an overrun by one. */
	uint8_t *exact = realloc(data, n ? (size_t)n : 1);
	(void)LLVMFuzzerTestOneInput(exact, (size_t)n);
	free(exact);
	return 1;
}

int main(int argc, char **argv)
{
	int files = 0;

	(void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	for (int i = 1; i < argc; i++) {
		DIR *d = opendir(argv[i]);
		if (!d) {
			perror(argv[i]);
			return 1;
		}
		for (struct dirent *e; (e = readdir(d)) != NULL;) {
			int got = replay(dirfd(d), e->d_name);
			if (got < 0) {
				perror(e->d_name);
				return 1;
			}
			files += got;
		}
		(void)closedir(d);
	}
	printf("replayed %d inputs\n", files);
	return files ? 0 : 1;
}
