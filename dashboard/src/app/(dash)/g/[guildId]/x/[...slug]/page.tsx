import { PluginHost } from "@/features/plugins/plugin-host";
import { placeholders } from "@/plugins/places";
import { plugins } from "@/plugins/registry.gen";

/** One page for each that the plugins declare; without a plugin there is one that says so. */
export const generateStaticParams = () => [{ slug: ["_"] }, ...placeholders(plugins).map((slug) => ({ slug }))];

export default function PluginPage() {
  return <PluginHost />;
}
