/** What the list of samples is narrowed to. */
import type {
  SampleFilter,
  SampleKind,
  SampleStatus,
} from '../../../src-main/ipc/contract/conversations.ts';

export class ListFilter {
  text = $state('');
  status: SampleStatus | 'all' | 'trash' = $state('all');
  kind: SampleKind | 'all' = $state('all');

  get isOpen(): boolean {
    return this.text === '' && this.status === 'all' && this.kind === 'all';
  }

  get wire(): Required<SampleFilter> {
    const { text, status, kind } = this;
    return {
      items: '',
      text,
      kinds: kind === 'all' ? [] : [kind],
      statuses: status === 'all' || status === 'trash' ? [] : [status],
      minRating: 0,
      inTrash: status === 'trash',
    };
  }
}
