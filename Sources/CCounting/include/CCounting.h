#pragma once

/// Begins to count the allocations of this program, all its threads together.
void counting_begin(void);
/// Ends counting; the allocations since it began.
long counting_end(void);
