// The look of the pages: one column, from 320 px up, light and dark, without scripts, images or external fonts.

/**
 * The one stylesheet. Where the browser uses the person's own colours, backgrounds are lost and transparent borders are
 * drawn: so the mark of a hidden character has a border. Its hash is in the Content-Security-Policy, so it must be sent exactly as it is here. */
export const style = `
:root {
  color-scheme: light dark;
  --background: #f4f5f7; --card: #fff; --ink: #16181d; --soft: #494f5a; --line: #dde0e6; --field: #878e9b;
  --accent: #164aab; --accent-ink: #fff; --accent-hover: #133f92; --tint: #f1f5fd;
  --good: #17693a; --warn: #8a4b00; --bad: #9f1f18; --good-ink: #0d4a28; --warn-ink: #653700; --mark: #ffe2b8; --mark-ink: #5c3000;
  --shadow: 0 1px 2px rgb(20 24 32 / 6%), 0 8px 28px rgb(20 24 32 / 8%);
  font: 100%/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Open Sans', 'Liberation Sans', sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --background: #101216; --card: #191c22; --ink: #eceef2; --soft: #a8afbd; --line: #2d323c; --field: #727a89;
    --accent: #8fb4ff; --accent-ink: #0b1a38; --accent-hover: #b3ccff; --tint: #1d2431;
    --good: #7ed6a0; --warn: #f5b96b; --bad: #ff9d94; --good-ink: #7ed6a0; --warn-ink: #f5b96b; --mark: #5c3b10; --mark-ink: #ffe2b8;
    --shadow: none;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--background); color: var(--ink); overflow-wrap: anywhere; }
.page { max-width: 41rem; margin: 0 auto; padding: .75rem 1rem 2.5rem; }
.brand { display: flex; align-items: center; gap: .55rem; margin: 0 0 .75rem .125rem; font-weight: 600; color: var(--soft); letter-spacing: .01em; }
.brand svg { width: 1.375rem; height: 1.375rem; color: var(--accent); flex: none; }
main { background: var(--card); border: 1px solid var(--line); border-radius: .875rem; box-shadow: var(--shadow); overflow: hidden; }
.head { padding: 1.125rem 1.25rem 1rem; }
h1 { font-size: 1.5rem; line-height: 1.25; letter-spacing: -.012em; margin: 0; text-wrap: balance; }
h1 + p { margin: .5rem 0 0; }
p { margin: 0; }
p + p { margin-top: .75rem; }
.soft { color: var(--soft); }
.small { font-size: .875rem; }
a { color: var(--accent); text-underline-offset: .18em; }
a:hover { color: var(--accent-hover); }
form { margin: 0; }
strong { display: inline-block; max-width: 100%; }
time { white-space: nowrap; }
.row { border: 0; border-top: 1px solid var(--line); margin: 0; padding: .875rem 1.25rem; min-width: 0; }
.row > .label, .row > legend { display: block; float: none; width: 100%; padding: 0; margin: 0 0 .375rem; font-size: .8125rem; font-weight: 600; color: var(--soft); letter-spacing: .02em; }
.grant { display: flex; align-items: flex-start; gap: .75rem; padding: .625rem .875rem; border: 1px solid var(--line); border-radius: .625rem; background: var(--tint); min-height: 2.75rem; }
.grant + .grant { margin-top: .5rem; }
label.grant { cursor: pointer; }
label.grant:hover { border-color: var(--field); }
.grant input { flex: none; width: 1.25rem; height: 1.25rem; margin: .125rem 0 0; accent-color: var(--accent); }
.grant > span, .grant > div { flex: 1; min-width: 0; }
.links a + a { margin-left: 1.125rem; }
.role { display: block; font-weight: 600; }
.where { display: block; color: var(--soft); }
.condition { display: block; margin-top: .375rem; }
code { font: .9375em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace; }
.condition code { display: block; font-size: .8125rem; white-space: pre-wrap; padding: .375rem .5rem; margin-top: .25rem; border-radius: .375rem; background: var(--card); border: 1px solid var(--line); }
blockquote { margin: 0; padding: .125rem 0 .125rem .875rem; border-left: 3px solid var(--accent); white-space: pre-wrap; overflow: clip; }
.grant-length { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem .75rem; }
select, textarea, input[id] { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--field); border-radius: .5rem; padding: .5rem .75rem; min-height: 2.75rem; max-width: 100%; }
summary { cursor: pointer; margin: -.625rem 0; padding: .625rem 0; }
details[open] > summary { margin-bottom: 0; }
summary .label { margin-right: .375rem; font-size: .8125rem; font-weight: 600; color: var(--soft); letter-spacing: .02em; }
input[id] { width: 100%; }
button.quiet { color: var(--accent); background: var(--card); border-color: var(--field); }
button.quiet:hover { color: var(--accent-hover); background: var(--tint); }
textarea { display: block; width: 100%; min-height: 4.25rem; resize: vertical; }
.foot { border-top: 1px solid var(--line); padding: 1rem 1.25rem 1.25rem; background: var(--tint); }
.actions { display: flex; flex-wrap: wrap; align-items: center; gap: .75rem 1.125rem; margin-top: .875rem; }
.foot > .actions:first-child { margin-top: 0; }
.actions + p { margin-top: 1rem; }
textarea + p, input + p, .grant + p { margin-top: .375rem; }
.foot form .actions { margin-top: 0; }
.foot form + p { margin-top: 1rem; }
button, .button { font: inherit; font-weight: 600; display: inline-block; text-align: center; text-decoration: none; color: var(--accent-ink); background: var(--accent); border: 1px solid transparent; border-radius: .5rem; padding: .6875rem 1.25rem; min-height: 2.875rem; cursor: pointer; }
button:hover, .button:hover { background: var(--accent-hover); color: var(--accent-ink); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.mark { border: 1px solid transparent; font: .75em/1 ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; background: var(--mark); color: var(--mark-ink); border-radius: .25rem; padding: .125em .35em; margin: 0 .125em; unicode-bidi: isolate; }
bdi { unicode-bidi: isolate; }
.state { display: flex; gap: .875rem; align-items: flex-start; }
.state svg { flex: none; width: 1.75rem; height: 1.75rem; margin-top: .0625rem; }
.state > div { flex: 1; min-width: 0; }
.good svg { color: var(--good); } .warn svg { color: var(--warn); } .bad svg { color: var(--bad); } .busy svg { color: var(--accent); }
.problem { margin: 0 1.25rem 1.125rem; padding: .75rem .875rem; border-radius: .625rem; border: 1px solid var(--bad); color: var(--bad); font-weight: 600; }
.note { margin: 0 1.25rem 1.125rem; padding: .625rem .875rem; border-radius: .625rem; border: 1px solid var(--line); background: var(--tint); }
.body ul { margin: 0; padding-left: 1.25rem; }
.body ul.entries, ul.entries { list-style: none; padding: 0; margin: 0; }
.entries > li + li { margin-top: .5rem; }
.entries .grant p + p { margin-top: .25rem; }
h2.label { margin: 0 0 .375rem; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.good-text { color: var(--good-ink); } .warn-text { color: var(--warn-ink); } .bad-text { color: var(--bad); }
pre { margin: .5rem 0 0; padding: .625rem .75rem; overflow-x: auto; border-radius: .375rem; background: var(--tint); border: 1px solid var(--line); font-size: .8125rem; overflow-wrap: normal; }
li + li { margin-top: .375rem; }
.name { margin: 1rem .125rem 0; font-size: .8125rem; color: var(--soft); }
.turning { transform-origin: 50% 50%; animation: turn 1.1s linear infinite; }
@keyframes turn { to { transform: rotate(1turn); } }
@media (prefers-reduced-motion: reduce) { .turning { animation: none; } }
@media (max-width: 30rem) { .actions button, .button { width: 100%; } }
@media (min-width: 40rem) {
  .page { padding-top: 3rem; }
  .head { padding: 1.75rem 1.75rem 1.375rem; }
  h1 { font-size: 1.75rem; }
  .row:not(details) { display: grid; grid-template-columns: 6.25rem minmax(0, 1fr); }
  .row { padding: 1.25rem 1.75rem; }
  .row > .label, .row > legend { margin: .125rem 0 0; }
  .row > .label { grid-column: 1; } .row > .body { grid-column: 2; }
  .row.fielded > .label { padding-top: .625rem; }
  .foot { padding: 1.5rem 1.75rem; }
  .problem, .note { margin: 0 1.75rem 1.375rem; }
}
@media print { body { background: none; } main { box-shadow: none; } .foot { display: none; } }
`
