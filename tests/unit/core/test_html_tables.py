from foveal.core.html_tables import html_table


def test_nothing_that_is_given_is_markup():
    made = html_table(("<i>", "b"), [('"x"', "</table>")], "<script>")
    for text in ("<i>", "<script>", '"x"'):
        assert text not in made
    assert made.count("</table>") == 1
    assert "&lt;script&gt;" in made
    assert "&lt;/table&gt;" in made


def test_the_first_columns_are_text_and_the_others_numbers():
    made = html_table(("a", "b", "c"), [("1", "2", "3")], left=2)
    assert made.count("text-align: left") == 4
    assert made.count("text-align: right") == 2
