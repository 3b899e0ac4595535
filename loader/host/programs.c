// SPDX-License-Identifier: MIT
/* programs.c - see programs.h */
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/host/programs.h"

#define NOTE_STAPSDT 3 /* the type of a probe's note */

int program_find(const char *name, char path[PATH_MAX])
{
	const char *folders = getenv("PATH") ?: "/bin:/usr/bin";
	int err = -ENOENT;

	if (strchr(name, '/'))
		folders = "";
	for (size_t size; err; folders += size + 1) {
		size = strcspn(folders, ":");
		if (snprintf(path, PATH_MAX, "%.*s%s%s", (int)size, folders, size ? "/" : "",
			     name) >= PATH_MAX)
			err = -ENAMETOOLONG;
		else if (!access(path, X_OK))
			err = 0;
		else if (errno != ENOENT && errno != ENOTDIR)
			err = -errno;
		if (!folders[size])
			break;
	}
	return err;
}

const char *program_tool(const char *name, char path[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *slash;

	if (length > 0) {
		path[length] = '\0';
		slash = strrchr(path, '/');
		snprintf(slash + 1, PATH_MAX - (size_t)(slash + 1 - path), "%s", name);
		if (!access(path, X_OK))
			return path;
	}
	return name;
}

/* What a note of a probe holds: three addresses, "provider", "name", arguments. */
static bool is_probe(const char *data, size_t size, size_t address, const char *provider,
		     const char *name)
{
	size_t used = 3 * address, provider_size = strlen(provider) + 1,
	       name_size = strlen(name) + 1;

	return size >= used + provider_size + name_size &&
	       !memcmp(data + used, provider, provider_size) &&
	       !memcmp(data + used + provider_size, name, name_size);
}

static bool notes_have(Elf_Data *data, size_t address, const char *provider, const char *name)
{
	size_t at = 0, name_at, desc_at;
	GElf_Nhdr note;

	while ((at = gelf_getnote(data, at, &note, &name_at, &desc_at))) {
		if (note.n_type == NOTE_STAPSDT && is_probe((const char *)data->d_buf + desc_at,
							    note.n_descsz, address, provider, name))
			return true;
	}
	return false;
}

static bool elf_has(Elf *elf, const char *provider, const char *name)
{
	size_t address = gelf_getclass(elf) == ELFCLASS32 ? 4 : 8;
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(elf, section))) {
		Elf_Data *data = gelf_getshdr(section, &header) && header.sh_type == SHT_NOTE
					 ? elf_getdata(section, NULL)
					 : NULL;

		if (data && notes_have(data, address, provider, name))
			return true;
	}
	return false;
}

int program_probe(const char *path, const char *provider, const char *name)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int found = PROGRAM_NO_PROBE;
	Elf *elf;

	if (fd < 0)
		return -errno;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (elf && elf_kind(elf) == ELF_K_ELF && elf_has(elf, provider, name))
		found = gelf_getclass(elf) == ELFCLASS32 ? PROGRAM_PROBE_32 : PROGRAM_PROBE;
	elf_end(elf);
	close(fd);
	return found;
}
