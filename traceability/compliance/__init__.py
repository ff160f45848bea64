"""承诺达标合格证: the promise with which live animals and fresh produce are sold."""
