#include "scratch.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

struct scratch scratch_create(void)
{
    struct scratch scratch = { 0 };
    const char *place = getenv("TMPDIR");
    buffer_format(&scratch.folder, "%s/tesa-c-XXXXXX", place == NULL ? "/tmp" : place);
    if (mkdtemp(scratch.folder.data) == NULL) abort();
    buffer_format(&scratch.log_path, "%s/log.db", scratch.folder.data);
    return scratch;
}

void scratch_remove(struct scratch *scratch)
{
    DIR *folder = opendir(scratch->folder.data);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        struct buffer path = { 0 };
        buffer_format(&path, "%s/%s", scratch->folder.data, entry->d_name);
        /* It fails for the folder itself and the one above, as it should. */
        unlink(path.data);
        buffer_free(&path);
    }
    closedir(folder);
    rmdir(scratch->folder.data);
    buffer_free(&scratch->folder);
    buffer_free(&scratch->log_path);
}
