// Shows how far the preparation is, and opens the sandbox when it is ready.

/** As `/api/preparation` answers. */
type Preparation = {
  isReady: boolean
  said: string[]
  steps: { program: string; seconds: number; usualSeconds: number; isDone: boolean }[]
}

const pauseMs = 1_000

const at = (id: string): HTMLElement => document.getElementById(id) ?? document.body

async function look(): Promise<void> {
  try {
    const answer = await fetch('/api/preparation')
    show((await answer.json()) as Preparation)
  } catch {
    showProblem('The sandbox does not answer. Is npm start still running?')
  }
  setTimeout(() => void look(), pauseMs)
}

function show({ isReady, said, steps }: Preparation): void {
  if (isReady) return location.reload()
  setText('now', steps.length === 0 ? (said.at(-1) ?? '').trim() : sentenceOf(steps))
  setText('said', said.join('\n'))
  showProblem('')
  for (const step of steps) showStep(step)
}

function sentenceOf(steps: Preparation['steps']): string {
  const open = steps.filter(({ isDone }) => !isDone).map(({ program }) => program)
  return open.length === 0 ? 'Everything is built. The processes start.' : `Building ${open.join(' and ')}.`
}

function showStep({ program, seconds, usualSeconds, isDone }: Preparation['steps'][number]): void {
  const id = `step-${program}`
  const label = document.getElementById(id) ?? document.createElement('label')
  if (!label.id) {
    label.id = id
    label.append(document.createElement('span'), document.createElement('progress'))
    at('steps').append(label)
  }
  const [text, bar] = label.children as unknown as [HTMLElement, HTMLProgressElement]
  text.textContent = isDone ? `${program}: ready` : `${program}: ${seconds} s of about ${usualSeconds}`
  bar.max = usualSeconds
  // A build that takes longer than usual must not look finished.
  bar.value = isDone ? usualSeconds : Math.min(seconds, usualSeconds * 0.97)
}

// Only a changed text is read out by a screen reader.
function setText(id: string, text: string): void {
  if (at(id).textContent !== text) at(id).textContent = text
}

function showProblem(problem: string): void {
  setText('problem', problem)
  at('problem').hidden = problem === ''
}

void look()
