// The conversation with the simulator: who one is, where one is, what comes in, and what one does.

import { Live, Refusal } from "/chat/live.js";
import { forget, isKept, putBefore, takeMessage } from "/chat/messages.js";
import { changed, state, SPOKEN } from "/chat/state.js";

const wishes = new URLSearchParams(location.search);
let welcome = () => {};
let openForm = () => {};

const live = new Live({ heard, opened, broken });

// Sets what happens when nobody is chosen yet, and when the bot opens a form.
export function begin(handlers) {
  ({ welcome, openForm } = handlers);
  live.connect();
}

export const ask = (what, details) => live.ask(what, details);
export const api = (method, path, body = null) => live.ask("api", { method, path, body });

async function opened() {
  const person = state.me?.username ?? wishes.get("as");
  try {
    if (person) await enter(person);
    else await welcome();
    state.online = true;
    changed("online");
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.kind !== "Offline") await welcome(error.message);
  }
}

function broken() {
  state.online = false;
  state.typing.clear();
  changed("online", "typing");
}

export async function enter(person) {
  const found = await ask("enter", { person });
  if (state.me && state.me.id !== found.me.id) state.unread.clear();
  Object.assign(state, { me: found.me, bot: found.bot, guilds: found.guilds, guildCount: found.guild_count, direct: found.direct });
  state.waiting.clear();
  changed("me", "guilds", "bot");
  await goHome();
}

// Returns to where one was, to where the address wants, or to the first channel.
async function goHome() {
  const wanted = state.guild?.id ?? state.guilds.find((it) => [it.name, it.id].includes(wishes.get("server")))?.id;
  const known = state.guilds.some((it) => it.id === wanted);
  const channel = state.channel?.id ?? wishes.get("channel");
  if (state.channel && state.channel.guild_id === undefined) {
    await goDirect();
    return;
  }
  const guild = known ? wanted : state.guilds[0]?.id;
  if (guild) await goGuild(guild, channel);
  else await goDirect();
}

export async function goGuild(guildId, wanted = null) {
  state.guild = await ask("guild", { guild_id: guildId });
  const known = state.guild.channels.filter((it) => it.type !== 4);
  const channel =
    known.find((it) => it.id === wanted || it.name === wanted) ?? known.find((it) => it.id === remembered(guildId)) ?? known.find((it) => it.type === 0) ?? known[0];
  changed("guild");
  if (channel) await goChannel(channel.id);
  else clearChannel();
}

export async function goDirect() {
  state.guild = null;
  changed("guild");
  const channel = await ask("direct");
  state.direct = channel.id;
  await goChannel(channel.id);
}

export async function goChannel(channelId) {
  const page = await ask("channel", { channel_id: channelId });
  const replyTo = state.channel?.id === channelId ? state.replyTo : null;
  Object.assign(state, { channel: page.channel, messages: page.messages.filter(isKept), more: page.more, behind: false, atEnd: true, replyTo });
  state.unread.delete(channelId);
  state.waiting.clear();
  state.typing.clear();
  if (state.guild) sessionStorage.setItem(`channel-${state.me.id}-${state.guild.id}`, channelId);
  address();
  changed("channel", "messages", "unread", "typing");
  await learnCommands();
}

function clearChannel() {
  Object.assign(state, { channel: null, messages: [], more: false, behind: false, commands: [], replyTo: null });
  state.waiting.clear();
  changed("channel", "messages");
}

const remembered = (guildId) => sessionStorage.getItem(`channel-${state.me.id}-${guildId}`);

function address() {
  const query = new URLSearchParams({ as: state.me.username });
  if (state.guild) query.set("server", state.guild.name);
  if (state.guild) query.set("channel", state.channel.name);
  history.replaceState(null, "", `?${query}`);
  const place = state.guild ? `#${state.channel.name} · ${state.guild.name}` : state.channel.name;
  document.title = `${place} · Guildbase simulator`;
}

export async function learnCommands() {
  if (!state.channel) return;
  const { commands } = await ask("commands", { channel_id: state.channel.id });
  state.commands = commands;
  changed("commands");
}

let reading = false;

export async function readOlder() {
  if (!state.more || reading || !state.messages.length) return;
  reading = true;
  const [channelId, before] = [state.channel.id, state.messages[0].id];
  try {
    const page = await ask("channel", { channel_id: channelId, before });
    // Whoever has gone elsewhere meanwhile, or back to the end, would see a gap.
    if (state.channel?.id !== channelId || state.messages[0]?.id !== before) return;
    putBefore(page);
  } finally {
    reading = false;
  }
}

const EVENTS = {
  message(message) {
    takeMessage(message);
    stopTyping(message.author.id);
  },
  gone({ channel_id: channelId, id }) {
    if (state.channel?.id === channelId) forget(id);
  },
  unread({ channel_id: channelId, guild_id: guildId, mentioned }) {
    const known = state.unread.get(channelId);
    state.unread.set(channelId, { guildId, mentions: (known?.mentions ?? 0) + (mentioned ? 1 : 0) });
    changed("unread");
  },
  typing({ channel_id: channelId, user }) {
    if (state.channel?.id !== channelId) return;
    clearTimeout(state.typing.get(user.id)?.timer);
    const timer = setTimeout(() => stopTyping(user.id), 10_000);
    state.typing.set(user.id, { user, timer });
    changed("typing");
  },
  thinking(used) {
    if (state.channel?.id !== used.channel_id) return;
    for (const [key, one] of state.waiting) if (one.kind === "sending" && used.user.id === state.me.id) state.waiting.delete(key);
    state.waiting.set(used.id, { kind: "thinking", ...used });
    changed("messages");
  },
  guild(guild) {
    if (state.guild?.id !== guild.id) return;
    state.guild = guild;
    const channel = guild.channels.find((it) => it.id === state.channel?.id);
    if (channel) state.channel = channel;
    changed("guild");
    if (!channel) stayOrMove(guild.id);
  },
  guilds({ guilds, guild_count: count }) {
    Object.assign(state, { guilds, guildCount: count });
    changed("guilds");
    if (state.guild && !guilds.some((it) => it.id === state.guild.id)) leaveGuild();
  },
  bot(bot) {
    state.bot = bot;
    changed("bot");
    learnCommands();
  },
};

function heard(name, data) {
  EVENTS[name]?.(data);
}

// A thread that falls asleep is listed no more, but may be read on.
async function stayOrMove(guildId) {
  if (state.channel?.thread_metadata?.archived) return;
  try {
    if (state.channel) await goChannel(state.channel.id);
    else await goGuild(guildId);
  } catch {
    await goGuild(guildId);
  }
}

async function leaveGuild() {
  state.guild = state.channel = null;
  await goHome();
}

function stopTyping(userId) {
  clearTimeout(state.typing.get(userId)?.timer);
  if (state.typing.delete(userId)) changed("typing");
}

let attempts = 0;

// Uses a command and shows how it goes until the bot has answered; what a client would refuse is thrown.
export async function use(name, details) {
  const key = `sending-${++attempts}`;
  const channelId = state.channel.id;
  state.waiting.set(key, { kind: "sending", id: key, name, user: state.me });
  changed("messages");
  try {
    const answer = await ask("command", { channel_id: channelId, name: name.replace(/^\//, ""), ...details });
    await settle(answer);
  } catch (error) {
    if (error.kind !== "DidNotAnswer") throw error;
    if (state.channel?.id === channelId) fail(name, "The application did not respond");
  } finally {
    state.waiting.delete(key);
    changed("messages");
  }
}

export async function press(message, customId, values = null) {
  try {
    await settle(await ask("component", { channel_id: message.channel_id, message_id: message.id, custom_id: customId, values }));
  } catch (error) {
    fail(null, error.kind === "DidNotAnswer" ? "This interaction failed" : error.message);
  }
}

export async function submitForm(form, values) {
  try {
    await settle(await ask("submit", { interaction_id: form.interaction_id, values }));
  } catch (error) {
    if (error.kind !== "DidNotAnswer") throw error;
    throw new Error("Something went wrong: the application did not respond. Try again.");
  }
}

async function settle(answer) {
  state.waiting.delete(answer.interaction_id);
  changed("messages");
  if (answer.form) await openForm({ ...answer.form, interaction_id: answer.interaction_id });
}

function fail(name, text) {
  const id = `failed-${++attempts}`;
  state.waiting.set(id, { kind: "failed", id, name, text, user: state.me });
  changed("messages");
}

export function toggleReaction(message, emoji, mine) {
  const key = encodeURIComponent(emoji.id ? `${emoji.name}:${emoji.id}` : emoji.name);
  return api(mine ? "DELETE" : "PUT", `/channels/${message.channel_id}/messages/${message.id}/reactions/${key}/@me`);
}

export const isReadable = (channel) => channel.type !== 4;
export const isSpoken = (channel) => SPOKEN.includes(channel.type);
