/** The page's style: the system's own type, readable in light and dark. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #16201d; --paper: #fdfdfb; --soft: #4d5b56; --line: #c9d1cd; --deed: #1f5f4d }
@media (prefers-color-scheme: dark) { :root { --ink: #eef3f0; --paper: #121715; --soft: #a9b7b1; --line: #3b4642; --deed: #8fd5bd } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.5 system-ui, sans-serif }
main { max-width: 40rem; margin: 0 auto; padding: 2rem 1.25rem }
h1 { font-size: 1.75rem; line-height: 1.2 } h2 { font-size: 1.2rem; margin-top: 2rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.25rem } dt { color: var(--soft) }
dd { margin: 0; overflow-wrap: anywhere }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr } dd { margin-bottom: .5rem } }
button { font: inherit; padding: .6rem 1rem; margin: 0 .5rem .5rem 0; border: 2px solid var(--deed); border-radius: .4rem;
  background: var(--deed); color: var(--paper); cursor: pointer }
button:disabled { opacity: .55; cursor: default }
:focus-visible { outline: 3px solid var(--deed); outline-offset: 3px }
#state { border-left: 4px solid var(--line); padding-left: .75rem; min-height: 1.5rem }
p { overflow-wrap: anywhere }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); padding: .75rem } img { max-width: 100% }
`
