/** How long outputs and readers may take, at the end, for what is in the log: less than supervisors wait (Docker: 10 s). */
const FINISH_TIMEOUT_MS = 5_000;

/** Whether it was done before the time for that was over. */
export async function inTime(work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, FINISH_TIMEOUT_MS, false);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
