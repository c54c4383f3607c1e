// The page's elements: found by id, filled as text, never as markup.

export const $ = (id) => document.getElementById(id)

/** Fills a description list; what is missing is left out. */
export function list(id, rows) {
  const shown = (value) => (/^0x/.test(value) ? element('code', {}, value) : value)
  const filled = rows.filter(([, value]) => value)
  $(id).replaceChildren(
    ...filled.flatMap(([term, value]) => [element('dt', {}, term), element('dd', {}, shown(value))]),
  )
}

export function element(name, attributes, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  made.append(...children)
  return made
}
