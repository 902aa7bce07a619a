/** Pieces of the bars that narrow a page; what is chosen stands in the URL. */
import { Button, FilterInput } from '@grafana/ui';
import { hasFilters, type UrlFilters } from '../scenes/UrlFilters';
import { useTypedText } from './useTypedText';

interface FiltersProps {
  readonly filters: UrlFilters;
}

interface SearchProps extends FiltersProps {
  readonly placeholder: string;
  readonly label: string;
}

export const SearchFilter = ({ filters, placeholder, label }: SearchProps) => {
  const { search } = filters.useState();
  const [text, setText] = useTypedText(search, (typed) => filters.type(typed));
  return (
    <FilterInput
      placeholder={placeholder}
      value={text}
      onChange={setText}
      escapeRegex={false}
      aria-label={label}
    />
  );
};

interface ClearProps extends FiltersProps {
  /** Without a frame, among other controls. */
  readonly isPlain?: boolean;
}

/** Nothing while no filter is set. */
export const ClearFilters = ({ filters, isPlain = false }: ClearProps) => {
  if (!hasFilters(filters.useState())) return null;
  const look = isPlain ? ({ fill: 'text', icon: 'times' } as const) : {};
  return (
    <Button variant="secondary" {...look} onClick={() => filters.clear()}>
      Clear filters
    </Button>
  );
};
