import type { Command, Option } from 'commander';
import { inLine } from './io.js';

/** Scripts that make a shell ask `rootshift complete -- WORDS`; if that prints nothing, the shell offers files. */
export const COMPLETION_SCRIPTS = {
  bash: `_rootshift() {
  local IFS=$'\\n'
  COMPREPLY=($(rootshift complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f 1))
}
complete -o default -F _rootshift rootshift`,
  zsh: `_rootshift() {
  local line
  local -a found
  for line in "\${(@f)$(rootshift complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] && found+=("\${\${line//:/\\\\:}/$'\\t'/:}")
  done
  if (( \${#found} )); then _describe rootshift found; else _files; fi
}
compdef _rootshift rootshift`,
  fish: `complete -c rootshift -a '(rootshift complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'`,
} as const;

/** A completion of a word, and its description. */
interface Completion {
  readonly value: string;
  readonly description: string;
}

/**
 * How the last of `words`, a command line without `rootshift`, may go on: one line each, a tab before the description.
 * None where a file, or a value that is not one of a few, is expected.
 */
export function completionsOf(program: Command, words: readonly string[]): string[] {
  const word = words.at(-1) ?? '';
  let command = program;
  let awaiting: Option | undefined;
  for (const previous of words.slice(0, -1)) {
    if (awaiting !== undefined) awaiting = undefined;
    else if (previous.startsWith('-')) awaiting = optionsOf(program, command).find((option) => takes(option, previous));
    else command = subcommandsOf(command).find((below) => below.name() === previous) ?? command;
  }
  return next(program, command, awaiting, word)
    .filter(({ value }) => value.startsWith(word))
    .map(({ value, description }) => `${value}\t${inLine(description)}\n`);
}

function next(program: Command, command: Command, awaiting: Option | undefined, word: string): Completion[] {
  if (awaiting !== undefined) return choices(awaiting.argChoices);
  if (word.startsWith('-'))
    return optionsOf(program, command).map(({ long, description }) => ({ value: long ?? '', description }));
  return [
    ...subcommandsOf(command).map((below) => ({ value: below.name(), description: below.summary() })),
    ...choices(command.registeredArguments[0]?.argChoices),
  ];
}

const choices = (values: readonly string[] = []): Completion[] => values.map((value) => ({ value, description: '' }));
const subcommandsOf = (command: Command): Command[] => [...command.createHelp().visibleCommands(command)];
const optionsOf = (program: Command, command: Command): Option[] =>
  [...new Set([command, program])].flatMap((one) => one.createHelp().visibleOptions(one));
const takes = (option: Option, flag: string): boolean => option.required && [option.long, option.short].includes(flag);
