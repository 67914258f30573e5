import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { layersPlugin } from './scripts/lib/eslint-layers.mjs';
import svelteConfig from './svelte.config.js';

/** The same for all files: another list of extensions would load the types once more. */
const typeAware = {
  projectService: true,
  tsconfigRootDir: import.meta.dirname,
  extraFileExtensions: ['.svelte'],
};

export default defineConfig(
  globalIgnores([
    'build/',
    'out/',
    'dist/',
    'coverage/',
    'tests/fixtures/',
    'resources/',
    '.cache/',
  ]),
  js.configs.recommended,
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: {
      globals: { console: 'readonly', process: 'readonly', URL: 'readonly' },
    },
  },
  { files: ['**/*.svelte', '**/*.svelte.ts'], extends: [svelte.configs.recommended] },
  {
    files: ['**/*.ts', '**/*.svelte'],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: typeAware },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    // After the rules for TypeScript, whose parser knows no component.
    files: ['**/*.svelte', '**/*.svelte.ts'],
    extends: [svelte.configs.base],
    languageOptions: { parserOptions: { ...typeAware, parser: tseslint.parser, svelteConfig } },
    // Types know what a browser has; this rule does not.
    rules: { 'no-undef': 'off' },
  },
  {
    // With types, each component would have the whole program built anew: minutes for all of them.
    // Their types are svelte-check's; acts that wait belong into .ts files beside them anyway.
    files: ['**/*.svelte'],
    extends: [tseslint.configs.disableTypeChecked],
  },
  {
    files: ['src-main/**/*.ts', 'src-renderer/**/*.{ts,svelte}', 'tests/**/*.ts'],
    plugins: { lensmith: layersPlugin },
    rules: { 'lensmith/layers': 'error' },
  },
);
