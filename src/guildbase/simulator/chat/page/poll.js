// A poll: tick answers and vote; afterwards the bars show how it stands.

import { ask } from "/chat/chat.js";
import { h } from "/chat/dom.js";
import { emojiOf } from "/chat/markdown.js";
import { complain } from "/chat/notice.js";
import { fromNow } from "/chat/time.js";

export function poll(message) {
  const { question, answers, results, expiry, allow_multiselect: several } = message.poll;
  const counts = new Map((results?.answer_counts ?? []).map((it) => [it.id, it]));
  const total = [...counts.values()].reduce((sum, it) => sum + it.count, 0);
  const mine = new Set([...counts.values()].filter((it) => it.me_voted).map((it) => it.id));
  const over = results?.is_finalized || (expiry && new Date(expiry) < new Date());
  const vote = (id) => {
    const wanted = mine.has(id) ? [...mine].filter((it) => it !== id) : several ? [...mine, id] : [id];
    ask("vote", { channel_id: message.channel_id, message_id: message.id, answers: wanted }).catch(complain);
  };
  const row = ({ answer_id: id, poll_media: media }) => {
    const count = counts.get(id)?.count ?? 0;
    const share = total ? Math.round((100 * count) / total) : 0;
    return h(
      "button",
      { class: "answer", type: "button", disabled: over, "aria-pressed": String(mine.has(id)), data: { key: `answer-${id}` }, vars: { "--share": `${share}%` }, onclick: () => vote(id) },
      media.emoji && emojiOf(media.emoji),
      h("span", { class: "answer-text" }, media.text),
      h("span", { class: "dim" }, `${count} · ${share} %`),
    );
  };
  const ends = over ? "The poll has ended" : expiry ? `Ends ${fromNow(new Date(expiry))}` : "";
  return h(
    "div",
    { class: "poll", role: "group", "aria-label": `Poll: ${question.text}` },
    h("div", { class: "poll-question" }, question.text),
    answers.map(row),
    h("div", { class: "subtext" }, [`${total} ${total === 1 ? "vote" : "votes"}`, several && "several answers", ends].filter(Boolean).join(" · ")),
  );
}
