/** What the package exports: one style of arguments, every error, something to close, examples that compile. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ENTRIES = {
  rootshift: 'src/index.ts',
  'rootshift/verify': 'src/verify.ts',
  'rootshift/rules': 'src/rules.ts',
  'rootshift/evm': 'src/evm.ts',
  'rootshift/linea': 'src/linea.ts',
  'rootshift/settlement': 'src/settlement/index.ts',
  'rootshift/groth16': 'src/proof/groth16/index.ts',
} as const;
type EntryName = keyof typeof ENTRIES;
const NAMES = Object.keys(ENTRIES) as EntryName[];
const fileOf = (name: string): string => path.join(ROOT, name);

/** Thrown and caught inside: what comes out is of the class that the right side names. */
const WRAPPED: Readonly<Record<string, string>> = {
  AnswerError: 'ChainError',
  CallError: 'a gRPC status',
  CompactTrieError: 'BatchError',
  FieldError: 'the error of the file that is read',
  FileFormatError: 'DamagedFilesError',
  JsonSyntaxError: 'the error of the file that is read',
  NotAFileError: 'FileError',
  RpcError: 'an error of JSON-RPC',
};

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  types: ['node'],
  noEmit: true,
};
const program = ts.createProgram(Object.values(ENTRIES).map(fileOf), options);
const checker = program.getTypeChecker();

interface Exported {
  readonly name: string;
  readonly symbol: ts.Symbol;
  readonly declaration: ts.Declaration;
}

const exported = new Map(NAMES.map((entry): [EntryName, Exported[]] => [entry, exportsOf(entry)]));
const namesOf = (entry: EntryName): Set<string> => new Set(exported.get(entry)!.map(({ name }) => name));
const all = [...new Map([...exported.values()].flat().map((one) => [one.symbol, one])).values()];

function exportsOf(entry: EntryName): Exported[] {
  const module = checker.getSymbolAtLocation(program.getSourceFile(fileOf(ENTRIES[entry]))!)!;
  return checker.getExportsOfModule(module).map((alias) => {
    const symbol = alias.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(alias) : alias;
    return { name: alias.name, symbol, declaration: symbol.declarations![0]! };
  });
}

const isClass = (one: Exported): one is Exported & { readonly declaration: ts.ClassDeclaration } =>
  ts.isClassDeclaration(one.declaration);
const isError = (one: Exported): boolean => isClass(one) && one.name.endsWith('Error');
const typeOf = ({ symbol, declaration }: Exported): ts.Type =>
  symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias)
    ? checker.getDeclaredTypeOfSymbol(symbol)
    : checker.getTypeOfSymbolAtLocation(symbol, declaration);
const isFunction = (one: Exported): boolean =>
  (one.symbol.flags & ts.SymbolFlags.Value) !== 0 && !isClass(one) && typeOf(one).getCallSignatures().length > 0;

/** A function's signature, and those of a class's constructor and methods, but for private ones. */
function signaturesOf(one: Exported): ts.Signature[] {
  if (!isClass(one)) return [...typeOf(one).getCallSignatures()];
  const members = one.declaration.members.filter(
    (member): member is ts.MethodDeclaration | ts.ConstructorDeclaration =>
      (ts.isMethodDeclaration(member) || ts.isConstructorDeclaration(member)) &&
      !(ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private) &&
      !(member.name && ts.isPrivateIdentifier(member.name)),
  );
  return members.map((member) => checker.getSignatureFromDeclaration(member)!);
}

/** The exports of the same entry to which `@see {@link NAME}` in the comment of an export leads. */
function linksOf({ symbol, declaration }: Exported): Exported[] {
  const names = ts
    .getJSDocTags(declaration)
    .filter((tag) => tag.tagName.text === 'see')
    .flatMap((tag) => [...tag.getText().matchAll(/\{@link (\w+)\}/g)].map(([, name]) => name!));
  const entry = [...exported.values()].find((ones) => ones.some((one) => one.symbol === symbol))!;
  return entry.filter(({ name }) => names.includes(name));
}

/** Every named type that an export's types lead to: its parameters, its result, their properties, and so on. */
function typesBehind(one: Exported): Set<ts.Symbol> {
  const found = new Set<ts.Symbol>();
  const visit = (node: ts.Node): void => {
    if (ts.isBlock(node)) return;
    const name = ts.isTypeReferenceNode(node)
      ? node.typeName
      : ts.isExpressionWithTypeArguments(node)
        ? node.expression
        : null;
    if (name !== null) enter(checker.getSymbolAtLocation(name));
    ts.forEachChild(node, visit);
  };
  const enter = (alias: ts.Symbol | undefined): void => {
    if (alias === undefined) return;
    const symbol = alias.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(alias) : alias;
    if (found.has(symbol)) return;
    found.add(symbol);
    const inProject = (symbol.declarations ?? []).filter((declaration) =>
      declaration.getSourceFile().fileName.startsWith(fileOf('src/')),
    );
    inProject.forEach(visit);
  };
  visit(one.declaration);
  return found;
}

describe('an export', () => {
  it('takes what it needs by position, and what is optional in an object, last; no bare boolean', () => {
    const faults = all
      .filter((one) => (isFunction(one) || isClass(one)) && !isError(one))
      .flatMap((one) =>
        signaturesOf(one).flatMap((signature) => {
          const parameters = signature.parameters.map((symbol) => symbol.valueDeclaration as ts.ParameterDeclaration);
          return parameters
            .filter((parameter, i) => {
              const type = checker.getNonNullableType(checker.getTypeAtLocation(parameter));
              if (type.flags & ts.TypeFlags.BooleanLike) return true;
              const isOptional = parameter.questionToken !== undefined || parameter.initializer !== undefined;
              return isOptional && (i < parameters.length - 1 || !(type.flags & ts.TypeFlags.Object));
            })
            .map((parameter) => `${one.name}: ${parameter.getText()}`);
        }),
      );
    expect(faults).toEqual([]);
  });

  it('that has to be closed can be closed by `await using`', () => {
    const open = all.filter((one) => typeOf(one).getProperty('close') !== undefined);
    expect(open.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['HashDb', 'Driver', 'LocalQueue', 'PostgresQueue', 'QueueConnection', 'Serving']),
    );
    const isDisposable = (one: Exported): boolean =>
      typeOf(one)
        .getProperties()
        .some((property) => property.name.startsWith('__@asyncDispose'));
    expect(open.filter((one) => !isDisposable(one)).map(({ name }) => name)).toEqual([]);
  });
});

describe('an error', () => {
  it('that a module behind an entry declares is exported, unless it is caught inside', () => {
    const reached = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(fileOf('src/')));
    const declared = reached.flatMap((file) =>
      file.statements.filter(ts.isClassDeclaration).map((one) => one.name?.text ?? ''),
    );
    const known = new Set(NAMES.flatMap((entry) => [...namesOf(entry)]));
    const missing = declared.filter((name) => name.endsWith('Error') && !known.has(name));
    expect(missing.sort()).toEqual(Object.keys(WRAPPED).sort());
  });

  it.each(NAMES)('that an export of %s says that it throws is exported there, or by the main entry', (entry) => {
    const known = namesOf(entry);
    // What runs in browsers is used without the main entry.
    if (
      entry === 'rootshift/settlement' ||
      entry === 'rootshift/rules' ||
      entry === 'rootshift/evm' ||
      entry === 'rootshift/linea'
    )
      for (const name of namesOf('rootshift')) known.add(name);
    const thrown = exported.get(entry)!.flatMap((one) =>
      [one.declaration, ...(isClass(one) ? one.declaration.members : [])]
        .flatMap((node) => ts.getJSDocTags(node))
        .filter((tag) => tag.tagName.text === 'throws')
        .flatMap((tag) => tag.getText().match(/\b[A-Z]\w*Error\b/g) ?? [])
        .map((error) => `${one.name}: ${error}`),
    );
    if (entry !== 'rootshift/groth16') expect(thrown.length).toBeGreaterThan(3);
    const unknown = thrown.filter((one) => !known.has(one.split(': ')[1]!) && !one.endsWith(': RangeError'));
    expect(unknown).toEqual([]);
  });
});

describe('examples', () => {
  const examples = NAMES.flatMap((entry, i) => {
    const before = new Set(NAMES.slice(0, i).flatMap((other) => exported.get(other)!.map(({ symbol }) => symbol)));
    return exported
      .get(entry)!
      .filter(({ symbol }) => !before.has(symbol))
      .flatMap((one) =>
        one.symbol
          .getJsDocTags(checker)
          .filter(({ name }) => name === 'example')
          .map((tag) => ({ entry, name: one.name, code: ts.displayPartsToString(tag.text) })),
      );
  });

  const shown = new Set(examples.map(({ name }) => name));
  const hasNone = all.filter((one) => !isError(one) && !shown.has(one.name));

  it('are there for each function and each class that is no error', () => {
    expect(hasNone.filter((one) => isFunction(one) || isClass(one)).map(({ name }) => name)).toEqual([]);
  });

  it('are there for each type and constant, or it links to one: that of an export whose types lead to the type', () => {
    const faults = hasNone.flatMap((one) => {
      const links = linksOf(one).filter(({ name }) => shown.has(name));
      if (links.length === 0) return `${one.name}: expected @example, or @see {@link} to an export with one`;
      const isType = (one.symbol.flags & ts.SymbolFlags.Value) === 0;
      const lost = isType ? links.filter((link) => !typesBehind(link).has(one.symbol)) : [];
      return lost.map((link) => `${one.name}: ${link.name} neither takes nor returns it`);
    });
    expect(faults).toEqual([]);
  });

  it('are of what they stand at', () => {
    const classes = new Set(all.filter(isClass).map(({ name }) => name)); // shown by what an object of them does
    const faults = examples.filter(({ name, code }) => !classes.has(name) && !new RegExp(`\\b${name}\\b`).test(code));
    expect(faults.map(({ name }) => name)).toEqual([]);
  });

  it('compile', () => {
    const file = fileOf('test/package/examples.generated.ts');
    const prelude = [
      ...readFileSync(fileOf('test/package/prelude.ts'), 'utf8').matchAll(/^export declare const (\w+)/gm),
    ].map(([, name]) => name!);
    const module = (entry: EntryName): string => {
      const bodies = examples
        .filter((example) => example.entry === entry)
        .map(({ name, code }) => `async () => {\n// ${name}\n${code.replace(/^import .*\n/gm, '')}\n};\n`);
      const own = namesOf(entry);
      const main = [...namesOf('rootshift')].filter((name) => !own.has(name));
      return [
        `import { ${[...own].join(', ')} } from '../../${ENTRIES[entry].replace(/\.ts$/, '.js')}';`,
        entry === 'rootshift' ? '' : `import { ${main.join(', ')} } from '../../src/index.js';`,
        `import { ${prelude.join(', ')} } from './prelude.js';`,
        ...bodies,
      ].join('\n');
    };
    const texts = new Map(NAMES.map((entry, i) => [file.replace('generated', `generated-${i}`), module(entry)]));
    const host = ts.createCompilerHost(options);
    const { getSourceFile, fileExists } = host;
    host.fileExists = (name) => texts.has(name) || fileExists(name);
    host.getSourceFile = (name, ...rest) =>
      texts.has(name)
        ? ts.createSourceFile(name, texts.get(name)!, ts.ScriptTarget.ES2022, true)
        : (program.getSourceFile(name) ?? getSourceFile(name, ...rest));
    const compiled = ts.createProgram([...texts.keys()], options, host, program);
    const faults = [...texts.keys()].flatMap((name) => {
      const source = compiled.getSourceFile(name)!;
      return [...compiled.getSyntacticDiagnostics(source), ...compiled.getSemanticDiagnostics(source)].map(
        ({ start = 0, messageText }) => {
          const line = source.text.slice(source.text.lastIndexOf('\n', start) + 1, source.text.indexOf('\n', start));
          return `${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
        },
      );
    });
    expect(faults).toEqual([]);
  });
});
