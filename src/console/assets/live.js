/**
 * Sessions as they end, by Server-Sent Events.
 *
 * A browser gives a stream up where the answer was no; here it is tried again.
 */

const AGAIN_MS = 5_000;

/**
 * @param {string} address
 * @param {object} told
 * @param {(record: any) => void} told.record
 * @param {(leftOut: number) => void} told.thinned
 * @param {(open: boolean) => void} told.state
 * @param {AbortSignal} signal
 */
export function listen(address, told, signal) {
  /** @type {EventSource} */
  let stream;
  let timer = 0;
  const begin = () => {
    stream = new EventSource(address);
    stream.addEventListener("open", () => told.state(true));
    stream.addEventListener("message", (event) => told.record(JSON.parse(event.data)));
    stream.addEventListener("thinned", (event) => told.thinned(JSON.parse(event.data).left_out));
    stream.addEventListener("error", () => {
      told.state(false);
      if (stream.readyState === EventSource.CLOSED)
        timer = window.setTimeout(begin, AGAIN_MS);
    });
  };

  begin();
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    stream.close();
  });
}
