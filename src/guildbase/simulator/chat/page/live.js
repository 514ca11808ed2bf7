// The websocket: requests with answers, events, and coming back after a break.

const FIRST_WAIT = 250;
const LONGEST_WAIT = 8000;

export class Live {
  #socket = null;
  #asked = new Map();
  #number = 0;
  #wait = FIRST_WAIT;
  #heard;
  #opened;
  #broken;

  constructor({ heard, opened, broken }) {
    this.#heard = heard;
    this.#opened = opened;
    this.#broken = broken;
    window.addEventListener("online", () => this.#socket === null && this.connect());
  }

  connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/chat/live`);
    this.#socket = socket;
    socket.addEventListener("open", () => {
      this.#wait = FIRST_WAIT;
      this.#opened();
    });
    socket.addEventListener("message", (event) => this.#take(JSON.parse(event.data)));
    socket.addEventListener("close", () => this.#lost(socket));
  }

  // Asks and returns the answer; a refusal is thrown as a Refusal.
  ask(what, details = {}) {
    const id = ++this.#number;
    return new Promise((resolve, reject) => {
      if (this.#socket?.readyState !== WebSocket.OPEN) {
        reject(new Refusal({ kind: "Offline", text: "The page has no connection to the simulator." }));
        return;
      }
      this.#asked.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, do: what, ...details }));
    });
  }

  #take(frame) {
    if (frame.event !== undefined) {
      this.#heard(frame.event, frame.data);
      return;
    }
    const asked = this.#asked.get(frame.id);
    this.#asked.delete(frame.id);
    if (frame.error) asked?.reject(new Refusal(frame.error));
    else asked?.resolve(frame.ok);
  }

  #lost(socket) {
    if (this.#socket !== socket) return;
    this.#socket = null;
    for (const { reject } of this.#asked.values()) {
      reject(new Refusal({ kind: "Offline", text: "The connection to the simulator broke." }));
    }
    this.#asked.clear();
    this.#broken();
    setTimeout(() => this.#socket === null && this.connect(), this.#wait);
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }
}

export class Refusal extends Error {
  constructor({ kind, text }) {
    super(text.split("\n")[0]);
    this.kind = kind;
  }
}
