export { ChannelPicker, type ChannelKind } from "./channel-picker";
export { RolePicker } from "./role-picker";
export { UserPicker } from "./user-picker";
