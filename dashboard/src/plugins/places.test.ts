import { describe, expect, it } from "vitest";
import { placeholders, placeOf } from "./places";
import { definePlugin } from "./types";

const load = () => Promise.resolve({ default: () => null });
const page = (path: string) => ({ path, title: path || "first", load });
const shop = definePlugin({ id: "shop", title: "Shop", pages: [page(""), page("item/:id"), page("item/new"), page(":area/:id/edit")] });

describe("the places of plugins", () => {
  it("has one page prerendered for each that is declared", () => {
    expect(placeholders([shop])).toEqual([["shop"], ["shop", "item", "_"], ["shop", "item", "new"], ["shop", "_", "_", "edit"]]);
  });

  it.each([
    [["shop"], "", {}],
    [["shop", "item", "7"], "item/:id", { id: "7" }],
    [["shop", "item", "new"], "item/new", {}],
    [["shop", "tools", "9", "edit"], ":area/:id/edit", { area: "tools", id: "9" }],
  ])("finds %j", (address, path, params) => {
    expect(placeOf([shop], address)).toMatchObject({ plugin: { id: "shop" }, page: { path }, params });
  });

  it.each([[[]], [["tickets"]], [["shop", "item"]], [["shop", "item", "7", "8", "9"]]])("finds nothing at %j", (address) => {
    expect(placeOf([shop], address)).toBeUndefined();
  });
});
