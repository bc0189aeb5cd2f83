from mmvireid.evaluation.results.file import save_results


def test_each_label_has_its_own_file(tmp_path):
    files = save_results(tmp_path / 'deep' / 'x.json', dict(a={}, b={}))
    assert [file.name for file in files] == ['x_a.json', 'x_b.json'] and all(file.is_file() for file in files)
    assert save_results(tmp_path / 'x.json', {'': {}}) == [tmp_path / 'x.json']
