// Which row of the result a row of x is rotated into. Including files declare kIndexed and the push
// constants.

// push.rows_to for an index outside, which check_indices has reported: such a row is left out.
uint row_to(uint row) {
  return kIndexed ? min(uint(push.index.at[row]), push.rows_to) : row;
}
