// The server, as the pages ask it; a page that is a file of its own has `offline.js` in its place.
// Ask methods of the model at an address, one request of a method at a time: the newest question wins, an older
// answer is dropped.
export function asker(address) {
  const running = {};
  return async (method, body) => {
    running[method]?.abort();
    const controller = new AbortController();
    running[method] = controller;
    const response = await fetch(`${address}/${method}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(body),
      signal: controller.signal,
    });
    const answer = await response.json();
    if (!response.ok) throw Object.assign(new Error(answer.detail || answer.title), { answer });
    return answer;
  };
}
