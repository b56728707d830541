import gzip
import io
import random
import tarfile
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
from pydantic import ValidationError

from pipeline.sources.cif import Cif
from pipeline.sources.fields import Fields
from pipeline.sources.netcdf import NetCdf
from tests.pipeline.sources.conftest import Rows

CIF = """data_quartz
_cod_database_code 1011172
_chemical_name_mineral Quartz
_chemical_formula_sum 'O2 Si'
_symmetry_space_group_name_H-M 'P 32 2 1'
_space_group_name_H-M_alt 'P 32 2 1'
_cell_length_a 4.9134(2)
_cell_length_b 4.9134
_cell_length_c 5.4052
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 120
_cell_volume ?
_publ_section_title
;
The structure of
quartz, SiO~2~
;
_journal_name_full Acta
_journal_year 1925
_journal_paper_doi 10.5555/Quartz
loop_
_publ_author_name
'Gibbs, R. E.'
'李 四'
loop_
_atom_site_label
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Si 0.4697(1) 0 0
O 0.4135 0.2669 .
"""
CIF_SAID = (
    *("# Quartz: O2 Si\n", "O2 Si", "Quartz", "P 32 2 1", "a = 4.9134(2) Å, b = 4.9134 Å", "c = 5.4052 Å", "γ = 120°"),
    *("| atom | x | y | z | occupancy | U (Å²) |\n| --- |", "| --- |\n| Si | 0.4697(1) | 0 | 0 |  |  |"),
    *("| O | 0.4135 | 0.2669 |  |", "“The structure of quartz, SiO₂”", "Acta", "1925", "1011172"),
)


def test_a_crystal_structure_is_rendered(tmp_path: Path, read: Rows) -> None:
    path = tmp_path / "a.cif"
    path.write_text(CIF + "\ndata_empty\n_cell_length_a 1\n", encoding="utf-8")
    rows = read(Cif(name="cod", paths=(str(path),), license="CC0-1.0"))
    assert not [said for said in CIF_SAID if said not in rows[0]["text"]]
    assert (rows[0]["source_id"], rows[0]["title"], rows[0]["domain"]) == ("1011172", "O2 Si", "materials")
    assert (rows[0]["author"], rows[0]["published"]) == ("Gibbs, R. E.; 李 四", date(1925, 1, 1))
    assert [row.get("doi") for row in rows] == ["10.5555/quartz", None]
    assert [row.get("rejected_by") for row in rows] == [None, "cif.no_text"]


def test_the_loops_of_mmcif_are_known_by_their_category(tmp_path: Path, read: Rows) -> None:
    path = tmp_path / "a.cif"
    path.write_text("data_x\nloop_\n_entity.id\n_entity.type\n1 polymer\n2 water\n")
    fields = Fields(template="{_entity:table _entity.id=id, _entity.type=type}")
    (row,) = read(Cif(name="pdb", paths=(str(path),), fields=fields))
    assert row["text"] == "| id | type |\n| --- | --- |\n| 1 | polymer |\n| 2 | water |"


MMCIF = """data_5I55
_entry.id 5I55
_struct.title 'A cross-alpha amyloid'
_exptl.method 'X-RAY DIFFRACTION'
_refine.ls_d_res_high 1.45
_struct_keywords.text 'PROTEIN FIBRIL'
_symmetry.space_group_name_H-M 'P 1 21 1'
_citation.title 'On fibrils.'
_citation.journal_abbrev Science
_citation.year 2017
_citation.pdbx_database_id_DOI 10.5555/Fibril
loop_
_citation_author.name
'Tayeb-Fligelman, E.'
'Landau, M.'
loop_
_audit_author.name
'Landau, M.'
loop_
_entity.id
_entity.type
_entity.pdbx_description
1 polymer 'Psm alpha-3'
2 water water
"""
MMCIF_SAID = (
    *(
        "# A cross-alpha amyloid\n",
        "5I55",
        "X-RAY DIFFRACTION",
        "1.45 Å",
        "PROTEIN FIBRIL",
        "P 1 21 1",
        "“On fibrils.”",
    ),
    *("| molecule | type |\n| --- | --- |\n| Psm alpha-3 | polymer |\n| water | water |\n", "Science", "2017"),
)


def test_a_macromolecule_is_rendered_without_a_template_of_the_users(tmp_path: Path, read: Rows) -> None:
    path = tmp_path / "a.cif"
    path.write_text(MMCIF, encoding="utf-8")
    (row,) = read(Cif(name="pdb", paths=(str(path),), license="CC0-1.0"))
    assert not [said for said in MMCIF_SAID if said not in row["text"]]
    assert (row["source_id"], row["title"], row["published"]) == ("5I55", "A cross-alpha amyloid", date(2017, 1, 1))
    assert row["doi"] == "10.5555/fibril"
    assert row["author"] == "Tayeb-Fligelman, E.; Landau, M."


def test_what_is_no_cif_is_rejected(tmp_path: Path, read: Rows) -> None:
    for content in ("<html>", "", "data_x\nloop_\n_a\n_b\n1 2 3\n"):
        path = tmp_path / "a.cif"
        path.write_text(content)
        (row,) = read(Cif(name="cod", paths=(str(path),)))
        assert row["rejected_by"] == "cif.not_cif"


@pytest.mark.parametrize("layout", ["NETCDF4", "NETCDF3_CLASSIC"])
def test_a_data_set_is_described_by_its_attributes_and_variables(tmp_path: Path, read: Rows, layout: Any) -> None:
    path = tmp_path / "a.nc"
    with netCDF4.Dataset(path, "w", format=layout) as dataset:
        dataset.setncatts(
            {
                "title": "海面水溫",
                "license": "CC-BY-4.0",
                "institution": "Office",
                "number": 5,
                "doi": "doi:10.5555/SST",
            }
        )
        dataset.createDimension("time", 2)
        variable = dataset.createVariable("sst", "f4", ("time",))
        variable.setncatts({"long_name": "sea surface temperature", "units": "K"})
        variable[:] = np.array([290.0, 291.0])
    (row,) = read(NetCdf(name="sst", paths=(str(path),), license="CC0-1.0"))
    table = (
        "| Dimension | Size |\n| --- | --- |\n| time | 2 |\n\n"
        f"| Variable | Meaning | Unit | Dimensions | Least | Mean | Greatest |\n|{' --- |' * 7}\n"
        "| sst | sea surface temperature | K | time | 290 | 290.5 | 291 |"
    )
    assert row["text"].startswith("# 海面水溫\n\n")
    assert table in row["text"]
    assert "Office" in row["text"]
    assert (row["license"], row["title"], row["domain"]) == ("CC-BY-4.0", "海面水溫", "meteorology")
    assert row["doi"] == "10.5555/sst"


def test_what_is_no_netcdf_is_rejected(tmp_path: Path, read: Rows) -> None:
    for content in (b"", b"no data set", b"\x89HDF\r\n\x1a\n broken"):
        (tmp_path / "a.nc").write_bytes(content)
        (row,) = read(NetCdf(name="sst", paths=(str(tmp_path / "a.nc"),)))
        assert row["rejected_by"] == "netcdf.not_netcdf"


@pytest.mark.parametrize(("kind", "extra"), [(Cif, "science"), (NetCdf, "science")])
def test_a_library_that_is_not_there_is_an_error_of_the_config(
    monkeypatch: pytest.MonkeyPatch, kind: type[Cif | NetCdf], extra: str
) -> None:
    monkeypatch.setattr("shards.extras.find_spec", lambda module: None)
    with pytest.raises(ValidationError, match=f"make extras EXTRAS={extra}"):
        kind(name="x", paths=("x",))


@pytest.mark.parametrize("seed", range(50))
def test_variables_are_found_in_whichever_group_they_stand(tmp_path: Path, read: Rows, seed: int) -> None:
    source = random.Random(seed)
    path, expected = tmp_path / "a.nc", []
    with netCDF4.Dataset(path, "w") as dataset:
        groups = [("", dataset)]
        for number in range(source.randrange(4)):
            above, holder = source.choice(groups)
            groups.append((f"{above}G{number}/", holder.createGroup(f"G{number}")))
        for above, holder in source.sample(groups, source.randrange(1, len(groups) + 1)):
            holder.setncattr("title", f"of {above or 'all'}")
            holder.createDimension("time", 2)
            unit = source.choice(["K", "mol m-2", "秒"])
            variable = holder.createVariable("co", "f4", ("time",))
            variable.setncatts({"units": unit, "long_name": "carbon monoxide"})
            expected.append((f"{above}co", unit))
    (row,) = read(NetCdf(name="n", paths=(str(path),)))
    found = [line.split(" | ") for line in row["text"].splitlines() if "carbon monoxide" in line]
    assert sorted((cells[0].removeprefix("| "), cells[2]) for cells in found) == sorted(expected)


def test_an_attribute_of_a_type_of_the_user_s_own_costs_no_more_than_itself(tmp_path: Path, read: Rows) -> None:
    path = tmp_path / "a.nc"
    with netCDF4.Dataset(path, "w") as dataset:
        dataset.title = "Compound"
        dataset.createDimension("x", 2)
        point = dataset.createCompoundType(np.dtype([("a", "f4"), ("b", "i4")]), "point")
        dataset.createVariable("points", point, ("x",)).units = "m"
        dataset.createVariable("kinds", dataset.createEnumType(np.uint8, "kind", {"one": 1}), ("x",))
        dataset.createVariable("lists", dataset.createVLType(np.int32, "list"), ("x",))
    (row,) = read(NetCdf(name="n", paths=(str(path),)))
    assert all(name in row["text"] for name in ("# Compound", "| points |", "| kinds |", "| lists |"))


def _zip(files: dict[str, bytes]) -> bytes:
    with zipfile.ZipFile(buffer := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def tar(files: dict[str, bytes]) -> bytes:
    with tarfile.open(fileobj=(buffer := io.BytesIO()), mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


@pytest.mark.parametrize("pack", [_zip, tar, lambda files: gzip.compress(tar(files))])
def test_structures_come_out_of_archives_one_by_one(
    tmp_path: Path, read: Rows, pack: Callable[[dict[str, bytes]], bytes]
) -> None:
    files = {f"d/{number}.cif": CIF.replace("1011172", str(number)).encode() for number in range(3)}
    files |= {"d/9.cif.gz": gzip.compress(CIF.encode()), "cut.cif.gz": gzip.compress(CIF.encode())[:-200]}
    files |= {"large.cif": b"x" * 50_000, "read.me": b"no structure"}
    path = tmp_path / "a.zip"
    path.write_bytes(pack(files))
    rows = read(Cif(name="cod", paths=(str(path),), max_record_bytes=20_000))
    assert [row.get("rejected_by") for row in rows] == [None] * 4 + ["cif.truncated", "cif.too_large"]
    assert [row["source_id"] for row in rows[:4]] == ["0", "1", "2", "1011172"]


def test_an_archive_that_breaks_off_is_a_truncated_row(tmp_path: Path, read: Rows) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(_zip({"a.cif": CIF.encode()})[:-30])
    assert [row["rejected_by"] for row in read(Cif(name="cod", paths=(str(path),)))] == ["cif.truncated"]
