/** Ends of what is YAML or JSON by its name. */
const YAML = /\.(?:json|ya?ml)$/i;

/** Names of copies of such, and of templates that make it. */
const MADE = /\.(?:json|ya?ml)[.~_-][^/]{0,32}$|\.(?:ya?ml|json)~$|\.(?:gotmpl|j2|jinja2?|tmpl|tpl)$/i;

/** Names that say nothing of what is in a file. */
const ANY = /\.(?:dist|ejs|erb|example|hbs|in|k8s|manifest|mustache|sample|template|txt)$|^\.?[^./]+$/i;

/** Most lines that are looked at for the first that says something. */
const MAX_LINES = 1000;

/** Whether a file is read as YAML or JSON, where what it says fits: by its name, or else by its first line that says something. */
export function mayBeYaml({ name, text }: { readonly name: string; readonly text: string }): boolean {
  return YAML.test(name) || ((MADE.test(name) || ANY.test(name)) && beginsAsYaml(text));
}

/** Whether a name alone says that a file may be such, and not the usual way. */
export function isMadeYaml(name: string): boolean {
  return MADE.test(name);
}

/** Whether the first line that is neither blank, a comment nor a template's own is one of YAML: prose and scripts begin otherwise. */
function beginsAsYaml(text: string): boolean {
  let start = 0;
  for (let count = 0; count < MAX_LINES && start < text.length; count += 1) {
    const end = text.indexOf("\n", start);
    const line = text.slice(start, Math.min(end === -1 ? text.length : end, start + 1024)).trim();
    if (line !== "" && !/^(?:#|\/\/|\{[{%#]|<%)/.test(line))
      return /^(?:---|%YAML|[{[]|["']?[A-Za-z][\w.-]{0,64}["']?[ \t]*:(?:\s|$))/.test(line);
    if (end === -1) return false;
    start = end + 1;
  }
  return false;
}
